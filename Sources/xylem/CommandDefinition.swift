// The commands as ArgumentParser describes them: what suggestions and man pages are made of, so that neither can say what
// the program does not do.
import ArgumentParser
import Foundation

struct CommandDefinition: Decodable {
  struct Name: Decodable {
    var kind: String
    var name: String
    /// As typed: `--output`, `-q`.
    var typed: String { (kind == "long" ? "--" : "-") + name }
  }
  struct Argument: Decodable {
    var kind: String
    var shouldDisplay: Bool
    var isOptional: Bool
    var isRepeating: Bool
    var names: [Name]?
    var valueName: String?
    var abstract: String?
    var discussion: String?
    var defaultValue: String?
    var allValues: [String]?
  }
  var commandName: String
  var abstract: String?
  var discussion: String?
  var subcommands: [CommandDefinition]?
  var arguments: [Argument]?

  private struct Dump: Decodable { var command: CommandDefinition }

  /// The whole tree; nil when ArgumentParser changes how it describes commands.
  static func root() -> CommandDefinition? {
    try? JSONDecoder().decode(Dump.self, from: Data(Xylem._dumpHelp().utf8)).command
  }

  /// The command that `words` lead to, and the words that it was reached by, without options and operands behind it.
  func command(for words: [String]) -> (path: [String], command: CommandDefinition) {
    var path = [commandName]
    var found = self
    for word in words {
      guard let next = found.subcommands?.first(where: { $0.commandName == word }) else { break }
      found = next
      path.append(word)
    }
    return (path, found)
  }
}
