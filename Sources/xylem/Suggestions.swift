// "Did you mean …?" for commands, options and their values. ArgumentParser guesses at options that are far away and says
// nothing of commands, so both are done here, by the rule that configuration keys have.
import ArgumentParser
import Foundation
import Pipeline
import Tokenization

enum Suggestions {
  /// `; did you mean 'x'?`, or nothing.
  static func advice(for word: String, among names: [String]) -> String {
    NearestName.nearest(to: word, among: names).map { "; did you mean '\($0)'?" } ?? ""
  }

  /// Refuses a word where only the name of a command can stand.
  static func refuseUnknownCommand(_ arguments: [String]) throws {
    var words = arguments[...]
    if words.first == "help" { words = words.dropFirst() }
    var path = ["xylem"]
    var commands = Xylem.configuration.subcommands
    while let word = words.first, !word.hasPrefix("-"), !commands.isEmpty {
      guard let next = commands.first(where: { $0._commandName == word }) else {
        let names = commands.map { $0._commandName }
        throw UsageFault(
          message: "'\(path.joined(separator: " "))' has no command '\(word)'\(advice(for: word, among: names))",
          help: path)
      }
      path.append(word)
      commands = next.configuration.subcommands
      words = words.dropFirst()
    }
  }

  /// The words of ArgumentParser for a fault of usage, with our own guess at an option that does not exist, and where to
  /// read on instead of all options in one line.
  static func message(_ fault: String, arguments: [String]) -> String {
    guard let root = CommandDefinition.root() else { return fault }
    let (path, command) = root.command(for: arguments)
    var lines = fault.split(separator: "\n").map(String.init)
    lines.removeAll { $0.hasPrefix("Usage: ") || $0.hasPrefix("  See '") }
    let start = "Unknown option '"
    if let first = lines.first, first.hasPrefix(start) {
      let option = String(first.dropFirst(start.count).prefix { $0 != "'" })
      let names = (command.arguments ?? []).filter(\.shouldDisplay).flatMap { $0.names ?? [] }
      let near = NearestName.nearest(
        to: String(option.drop { $0 == "-" }), among: names.filter { $0.kind == "long" }.map(\.name))
      lines[0] = "unknown option '\(option)'" + (near.map { "; did you mean '--\($0)'?" } ?? "")
    }
    return (lines + ["  see '\(path.joined(separator: " ")) --help'"]).joined(separator: "\n")
  }
}

/// A fault of the command line, as we word it.
struct UsageFault: Error {
  var message: String
  var help: [String]

  var text: String { "\(message)\n  see '\(help.joined(separator: " ")) --help'" }
}

/// The split that `--pre-tokenizer` names. Any text is a regular expression too, so a plain word that is nearly a name is
/// refused: as an expression it would match that word alone.
func preTokenizerKind(named name: String) throws -> PreTokenizerKind {
  let names = PreTokenizerKind.published.map(\.name)
  let isWord = name.utf8.allSatisfy { (48...57).contains($0) || (97...122).contains($0 | 32) || $0 == 45 || $0 == 95 }
  if isWord, !names.contains(name), let near = NearestName.nearest(to: name, among: names) {
    throw ValidationError(
      "--pre-tokenizer: there is no split '\(name)'; did you mean '\(near)'? (write '(?:\(name))' for the expression)")
  }
  return try PreTokenizerKind.named(name)
}
