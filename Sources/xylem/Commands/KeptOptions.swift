import ArgumentParser
import Pipeline

/// How a command stores the records that it keeps.
struct KeptOptions: ParsableArguments {
  @Flag(help: "Write kept/*.jsonl without compression.") var plain = false
  @Option(help: "Level of zstd for kept/*.jsonl.zst, -7 (fast) to 19.") var level = 1

  func validate() throws {
    guard KeptFormat.levels.contains(level) else {
      throw ValidationError("--level: expected -7 to 19, found \(level)")
    }
  }

  var format: KeptFormat {
    var format = KeptFormat()
    format.isPlain = plain
    format.level = level
    return format
  }
}
