// Cuts the input into prepare units of about `unitBytes`: plain JSONL by byte ranges (a line belongs to the range it
// begins in), compressed JSONL at the borders of its frames where `splits` has some, other shards whole, small ones
// grouped. Depends on files and configuration alone.
import CorpusCore
import CorpusIO

func planPrepare(
  _ files: [InputFile], configuration: PipelineConfiguration, splits: ShardSplits = ShardSplits()
) -> [PlannedUnit<PrepareWork>] {
  var units: [PlannedUnit<PrepareWork>] = []
  var sources: [ShardSource] = []
  var identities: [String] = []
  var bytes = 0
  func close() {
    guard !sources.isEmpty else { return }
    let identity = unitIdentity(stage: PrepareStage.name, configuration: configuration.digest, parts: identities)
    // The number keeps labels in plan order for people; the identity is what counts.
    let number = PartName(language: "", index: units.count).digits
    units.append(
      PlannedUnit(
        label: number + "-" + identity.description.prefix(12), identity: identity, bytes: bytes,
        work: PrepareWork(sources: sources)))
    sources = []
    identities = []
    bytes = 0
  }
  let unit = configuration.unitBytes
  for file in files {
    // Compressed text is about four times larger inside.
    let weight = isCompressed(file.path) ? file.size * 4 : file.size
    let isSplittable = !isCompressed(file.path) && !file.path.hasSuffix(".txt")
    if isSplittable, file.size > unit + unit / 2 {
      close()
      let pieces = (file.size + unit - 1) / unit
      for index in 0..<pieces {
        let range = file.size * index / pieces..<file.size * (index + 1) / pieces
        sources = [ShardSource(path: file.path, range: range, size: file.size)]
        identities = [file.path, file.sampledDigest.description, "\(range)"]
        bytes = range.count
        close()
      }
    } else if let borders = splits.borders[file.path], !borders.isEmpty {
      close()
      var start = FrameBorder(file: 0, text: 0)
      for end in borders.map(Optional.some) + [nil] {
        bytes = (end?.file ?? file.size) - start.file
        sources = [ShardSource(path: file.path, frames: FrameSpan(start: start, end: end), size: file.size)]
        identities = [
          file.path, file.sampledDigest.description,
          "frames \(start.file)..<\(end?.file ?? file.size), text from \(start.text)",
        ]
        close()
        start = end ?? start
      }
    } else {
      if bytes + weight > unit { close() }
      sources.append(ShardSource(path: file.path, range: nil, size: file.size))
      identities += [file.path, file.sampledDigest.description]
      bytes += file.size
      if weight >= unit { close() }
    }
  }
  close()
  return units
}

func isCompressed(_ path: String) -> Bool {
  path.hasSuffix(".gz") || path.hasSuffix(".zst") || path.hasSuffix(".zstd")
}
