// A command's man page in the macros of man(7), from the same definition as its --help.
import Foundation
import Pipeline

struct ManualPage {
  /// `xylem`, `tokenizer`, `train`.
  let path: [String]
  let command: CommandDefinition

  /// `xylem-tokenizer-train.1`
  var fileName: String { path.joined(separator: "-") + ".1" }

  /// The pages of a command and of all below it.
  static func all(_ command: CommandDefinition, path: [String] = []) -> [ManualPage] {
    let path = path + [command.commandName]
    return [ManualPage(path: path, command: command)] + subcommands(command).flatMap { all($0, path: path) }
  }

  /// `help` is what the pages are.
  private static func subcommands(_ command: CommandDefinition) -> [CommandDefinition] {
    (command.subcommands ?? []).filter { $0.commandName != "help" }
  }

  /// The page, with one newline at its end. No date: the same program gives the same pages.
  func text() -> String {
    let name = path.joined(separator: "-")
    var page = [
      ".TH \(name.uppercased().replacing("-", with: "\\-")) 1 \"\" \"xylem \(xylemVersion)\" \"Xylem\"", ".nh", ".ad l",
      ".SH NAME", "\(escaped(name)) \\- \(escaped(command.abstract ?? ""))", ".SH SYNOPSIS",
      ".B \(escaped(path.joined(separator: " ")))",
    ]
    page += synopsis()
    page += discussion()
    page += commands()
    page += arguments()
    page += examples()
    page += [
      ".SH EXIT STATUS",
      "0 done, 64 usage, 65 bad data or a failed verification, 66 no input, 73 cannot create output,",
      "74 I/O, 75 some units failed and the same command resumes, 78 configuration, 130 and 143 stopped by a signal.",
    ]
    page += seeAlso()
    return page.joined(separator: "\n") + "\n"
  }

  private func synopsis() -> [String] {
    let shown = (command.arguments ?? []).filter(\.shouldDisplay)
    if !Self.subcommands(command).isEmpty { return ["\\fICOMMAND\\fR"] }
    let operands = shown.filter { $0.kind == "positional" }.map { operand in
      let name = "\\fI\(escaped(operand.valueName ?? ""))\\fR" + (operand.isRepeating ? " ..." : "")
      return operand.isOptional ? "[\(name)]" : name
    }
    let required = shown.filter { $0.kind == "option" && !$0.isOptional && $0.defaultValue == nil }.map {
      "\(longest($0)) \\fI\(escaped($0.valueName ?? ""))\\fR"
    }
    return [(operands + required + ["[\\fIoptions\\fR]"]).joined(separator: " ")]
  }

  /// The discussion's paragraphs, and the lines of its examples.
  private var parts: (paragraphs: [String], examples: [String]) {
    let lines = (command.discussion ?? "").split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard let start = lines.firstIndex(of: "Examples:") else { return (lines, []) }
    return (Array(lines[..<start]), lines[(start + 1)...].map { $0.hasPrefix("  ") ? String($0.dropFirst(2)) : $0 })
  }

  private func discussion() -> [String] {
    var lines: [String] = []
    for line in parts.paragraphs { lines.append(line.isEmpty ? ".PP" : escaped(line)) }
    while lines.last == ".PP" { lines.removeLast() }
    return lines.isEmpty ? [] : [".SH DESCRIPTION"] + lines
  }

  private func commands() -> [String] {
    let below = Self.subcommands(command)
    guard !below.isEmpty else { return [] }
    return [".SH COMMANDS"]
      + below.flatMap { [".TP", ".B \(escaped($0.commandName))", escaped($0.abstract ?? "")] }
  }

  private func arguments() -> [String] {
    let shown = (command.arguments ?? []).filter(\.shouldDisplay)
    var lines: [String] = []
    for (title, list) in [
      ("ARGUMENTS", shown.filter { $0.kind == "positional" }), ("OPTIONS", shown.filter { $0.kind != "positional" }),
    ] where !list.isEmpty {
      lines.append(".SH \(title)")
      for argument in list {
        lines.append(".TP")
        if argument.kind == "positional" {
          lines.append("\\fI\(escaped(argument.valueName ?? ""))\\fR" + (argument.isRepeating ? " ..." : ""))
        } else {
          let names = (argument.names ?? []).map { "\\fB\(escaped($0.typed))\\fR" }.joined(separator: ", ")
          lines.append(names + (argument.kind == "option" ? " \\fI\(escaped(argument.valueName ?? ""))\\fR" : ""))
        }
        var text = argument.abstract ?? ""
        if let more = argument.discussion, !more.isEmpty { text += " " + more }
        if argument.kind == "option", let value = argument.defaultValue { text += " (default: \(value))" }
        lines.append(escaped(text.replacing("\n", with: " ")))
      }
    }
    return lines
  }

  private func examples() -> [String] {
    let examples = parts.examples
    return examples.isEmpty ? [] : [".SH EXAMPLES", ".nf"] + examples.map(escaped) + [".fi"]
  }

  private func seeAlso() -> [String] {
    var names = path.count > 1 ? [path.dropLast().joined(separator: "-")] : []
    names += Self.subcommands(command).map { (path + [$0.commandName]).joined(separator: "-") }
    return names.isEmpty ? [] : [".SH SEE ALSO", names.map { "\\fB\(escaped($0))\\fR(1)" }.joined(separator: ", ")]
  }

  private func longest(_ argument: CommandDefinition.Argument) -> String {
    escaped(argument.names?.first { $0.kind == "long" }?.typed ?? argument.names?.first?.typed ?? "")
  }

  /// Text as roff reads it: no line can begin a request, no character an escape.
  private func escaped(_ text: String) -> String {
    let escaped = text.replacing("\\", with: "\\e").replacing("-", with: "\\-").replacing("'", with: "\\(aq")
      .replacing("`", with: "\\(ga").replacing("^", with: "\\(ha").replacing("~", with: "\\(ti")
    return escaped.hasPrefix(".") ? "\\&" + escaped : escaped
  }
}
