// The section `slurm` of a pipeline file: what a site wants to know about the jobs that do a run's units.

/// Options of the Slurm executor. They decide no byte of the output and are not in the digest.
public struct SlurmConfiguration: Sendable, Codable, Hashable {
  public var partition: String?
  public var account: String?
  /// Time limit of an element, as Slurm spells it.
  public var time: String?
  /// Units that one element of an array does.
  public var unitsPerElement = 16
  /// Processors of an element, and threads of its worker.
  public var processors = 1
  /// How often what is missing after a round is submitted again.
  public var resubmissions = 2
  /// Seconds before the time limit at which a worker begins no other unit; Slurm is up to half a minute off.
  public var signalSeconds = 120
  /// Further `#SBATCH` options, such as `--constraint=cpu`.
  public var options: [String] = []
  /// Shell lines before the worker, such as `module load zstd`.
  public var setup: [String] = []

  public init() {}

  enum CodingKeys: String, CodingKey {
    case partition, account, time, processors, resubmissions, options, setup
    case unitsPerElement = "units_per_element"
    case signalSeconds = "signal_seconds"
  }
}

extension PipelineDecoder {
  /// Also called on an empty section to learn its keys.
  static func slurm(_ section: ConfigurationSection) -> SlurmConfiguration {
    var slurm = SlurmConfiguration()
    slurm.partition = section.optionalText("partition", "Partition of the jobs.")
    slurm.account = section.optionalText("account", "Account that pays.")
    slurm.time = section.optionalText("time", "Time limit of an element, such as `04:00:00`.")
    slurm.unitsPerElement = section.integer(
      "units_per_element", slurm.unitsPerElement, in: 1...1_000_000, "Units that one element of an array does.")
    slurm.processors = section.integer(
      "processors", slurm.processors, in: 1...4096, "Processors of an element, and threads of its worker.")
    slurm.resubmissions = section.integer(
      "resubmissions", slurm.resubmissions, in: 0...100, "How often missing units are submitted again.")
    slurm.signalSeconds = section.integer(
      "signal_seconds", slurm.signalSeconds, in: 1...65_535,
      "Seconds before the time limit at which an element begins no other unit, and is queued again.")
    slurm.options =
      section.texts(
        "options", fallback: "[]", maximumCount: 100, mayBeEmpty: true,
        "Further options of sbatch, such as `--constraint=cpu`.")?.map(\.text) ?? []
    slurm.setup =
      section.texts(
        "setup", fallback: "[]", maximumCount: 100, mayBeEmpty: true,
        "Shell lines before the worker, such as `module load zstd`.")?.map(\.text) ?? []
    for option in slurm.options where !option.hasPrefix("-") || option.contains("\n") {
      section.context.fault(
        at: section.origin, "slurm: options: expected options of sbatch on one line, found \(option)")
    }
    return slurm
  }
}
