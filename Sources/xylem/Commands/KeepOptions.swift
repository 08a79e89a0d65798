// Which of some duplicates stays, as the commands of deduplication ask for it.
import ArgumentParser
import Deduplication

struct KeepOptions: ParsableArguments {
  @Option(help: "Which document of a group stays: longest, earliest, or source (see --source-priority).")
  var keep = KeepRule.longest
  @Option(help: "A value of source or meta.source, best first; may be repeated. Implies --keep source.")
  var sourcePriority: [String] = []

  var rule: KeepRule { sourcePriority.isEmpty ? keep : .source }

  func validate() throws {
    if keep == .source, sourcePriority.isEmpty {
      throw ValidationError("--keep source: name at least one --source-priority")
    }
  }
}

extension KeepRule: ExpressibleByArgument {}
