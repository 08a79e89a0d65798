// Man pages and shell completions, from the definitions of the commands.
import ArgumentParser
import CorpusCore
import Foundation

struct ManualCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "manual",
    abstract: "Print the man page of a command, or write those of all.",
    discussion: """
      Examples:
        xylem manual tokenizer train | man -l -
        # One page for each command, xylem-run.1 and so on.
        xylem manual --output man/man1
      """)

  @Argument(help: "The command (default: xylem itself).") var command: [String] = []
  @Option(help: ArgumentHelp("Write the pages of all commands into this directory.", valueName: "dir"))
  var output: String?

  func validate() throws {
    if output != nil, !command.isEmpty { throw ValidationError("--output writes all pages: name no command") }
  }

  func run() throws {
    guard let root = CommandDefinition.root() else {
      throw UsageFault(message: "this build's commands cannot be described", help: ["xylem"])
    }
    let pages = ManualPage.all(root)
    guard let output else {
      try Suggestions.refuseUnknownCommand(command)
      let path = [root.commandName] + command
      guard let page = pages.first(where: { $0.path == path }) else {
        throw UsageFault(message: "no command '\(path.joined(separator: " "))'", help: ["xylem"])
      }
      return writeResult(Data(page.text().utf8))
    }
    do {
      try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
      for page in pages {
        try Data(page.text().utf8).write(to: URL(fileURLWithPath: output).appendingPathComponent(page.fileName))
      }
    } catch {
      throw PlainFailure(.cannotCreate, "\(output): \(error.localizedDescription)")
    }
    say("\(pages.count) pages in \(output)")
  }
}

struct CompletionsCommand: ParsableCommand {
  enum Shell: String, ExpressibleByArgument, CaseIterable { case bash, zsh, fish }

  static let configuration = CommandConfiguration(
    commandName: "completions",
    abstract: "Print a script that completes xylem's commands and options in a shell.",
    discussion: """
      `make install` puts the scripts where bash, zsh and fish look for them.

      Examples:
        # For this shell only.
        source <(xylem completions bash)
        # For good.
        xylem completions bash > ~/.local/share/bash-completion/completions/xylem
        xylem completions zsh > ~/.zsh/functions/_xylem
        xylem completions fish > ~/.config/fish/completions/xylem.fish
      """)

  @Argument(help: "bash, zsh or fish.") var shell: Shell

  func run() {
    let kind: CompletionShell =
      switch shell {
      case .bash: .bash
      case .zsh: .zsh
      case .fish: .fish
      }
    say(Xylem.completionScript(for: kind))
  }
}
