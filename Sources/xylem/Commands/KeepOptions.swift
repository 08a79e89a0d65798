// Which of some duplicates stays, as the commands of deduplication ask for it.
import ArgumentParser
import Deduplication

struct KeepOptions: ParsableArguments {
  @Option(help: "Which document of a group stays: longest, earliest, source (see --source-priority) or quality.")
  var keep = KeepRule.longest
  @Option(help: "A value of source or meta.source, best first; may be repeated. Implies --keep source.")
  var sourcePriority: [String] = []

  @Option(help: "Where a record has its score for --keep quality, higher being better: a member or a path.")
  var qualityField = "quality"

  var rule: KeepRule { sourcePriority.isEmpty ? keep : .source }

  func validate() throws {
    if keep == .source, sourcePriority.isEmpty {
      throw ValidationError("--keep source: name at least one --source-priority")
    }
    if keep == .quality, !sourcePriority.isEmpty {
      throw ValidationError("--keep quality and --source-priority: one of them decides; leave the other out")
    }
  }
}

extension KeepRule: ExpressibleByArgument {}
