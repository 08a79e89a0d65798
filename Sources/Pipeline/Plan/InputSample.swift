// A sample of the input as it stands: whole lines from every part of the listing, written to files of its own, so that a
// trial run reads it as the run would read the input.
import CorpusCore
import CorpusIO
import Foundation

/// What was taken, and how much text the input holds by it.
struct InputSample {
  var paths: [String] = []
  /// Bytes of lines in the sample, and in the whole input by estimate.
  var lineBytes = 0
  var inputLineBytes = 0
  /// Bytes of input files that were read for it.
  var bytesRead = 0

  /// Bytes of the input for one of the sample.
  var scale: Double { lineBytes > 0 ? Double(inputLineBytes) / Double(lineBytes) : 0 }

  /// Takes about `bytes` from at most 256 files spread over `files`, from each as much as its share, and a part of it into
  /// `small`, which is then a sample of the sample; `other` has as much as `small`, of what follows `large`, as far as there
  /// is more. Files land in `directory`, and keep the endings that say what they are.
  static func take(
    _ bytes: Int, small share: Double, from files: [InputFile], configuration: PipelineConfiguration,
    into directory: String, fileSystem: any FileSystem
  ) throws -> (large: InputSample, small: InputSample, other: InputSample) {
    let files = files.filter { $0.size > 0 }
    let stride = max(1, (files.count + 255) / 256)
    let chosen = files.enumerated().filter { $0.offset % stride == 0 }.map(\.element)
    var large = InputSample()
    var small = InputSample()
    var other = InputSample()
    var weights: [(file: InputFile, text: Int)] = []
    for file in chosen {
      let expansion = isCompressed(file.path) ? try expansion(of: file, configuration, fileSystem) : 1
      weights.append((file, Int(Double(file.size) * expansion)))
    }
    let chosenText = weights.reduce(0) { $0 + $1.text }
    let chosenSize = chosen.reduce(0) { $0 + $1.size }
    let all = files.reduce(0) { $0 + $1.size }
    let inputText = chosenSize > 0 ? Int(Double(chosenText) * Double(all) / Double(chosenSize)) : 0
    let bytes = min(bytes, chosenText)
    for (index, (file, text)) in weights.enumerated() {
      let wanted = max(1, Int(Double(bytes) * Double(text) / Double(max(1, chosenText))))
      let ending = ShardSource(path: file.path, size: 0).isPlainText ? "txt" : "jsonl"
      let isPlain = !isCompressed(file.path) && ending == "jsonl"
      let places = isPlain && file.size > wanted * 2 ? 8 : 1
      func copy(_ name: String, _ limit: Int, after skipped: Int, to sample: inout InputSample) throws {
        let path = directory + "/" + name + "-" + PartName(language: "", index: index).digits + "." + ending
        let taken = try copyLines(
          of: file, upTo: limit, after: skipped, from: places, to: path, configuration, fileSystem)
        sample.paths.append(path)
        sample.lineBytes += taken.lines
        sample.bytesRead += taken.read
      }
      let part = max(1, Int(Double(wanted) * share))
      try copy("large", wanted, after: 0, to: &large)
      try copy("small", part, after: 0, to: &small)
      try copy("other", part, after: wanted, to: &other)
    }
    large.inputLineBytes = max(inputText, large.lineBytes)
    small.inputLineBytes = large.inputLineBytes
    return (large, small, other)
  }

  /// Decompressed bytes for one compressed, from the first megabytes.
  private static func expansion(
    of file: InputFile, _ configuration: PipelineConfiguration, _ fileSystem: any FileSystem
  ) throws -> Double {
    let reader = try RawLineReader(
      source: ShardSource(path: file.path, size: file.size), options: readOptions(configuration), fileSystem: fileSystem
    )
    var lines = 0
    while reader.bytesRead < min(file.size, 1 << 20), let line = try reader.next() { lines += line.bytes.count + 1 }
    // What is read and not yet decoded would count for less; a file that is read whole has none of it.
    while reader.bytesRead >= file.size, let line = try reader.next() { lines += line.bytes.count + 1 }
    return reader.bytesRead > 0 ? max(1, Double(lines) / Double(reader.bytesRead)) : 1
  }

  /// Lines from so many places of a plain file, from the beginning of a compressed one; of each place its share of `skipped`
  /// bytes is passed over first.
  private static func copyLines(
    of file: InputFile, upTo limit: Int, after skipped: Int, from places: Int, to path: String,
    _ configuration: PipelineConfiguration, _ fileSystem: any FileSystem
  ) throws -> (lines: Int, read: Int) {
    let output = try OutputFile(path: path, fileSystem: fileSystem)
    // A text file is a document: half of it would count as a whole one.
    let isDocument =
      ShardSource(path: file.path, size: 0).isPlainText && configuration.textDocuments == .file && file.size <= 4 << 20
    let limit = isDocument ? .max : limit
    let skipped = isDocument && skipped > 0 ? .max : skipped / places
    var taken = 0
    var read = 0
    for place in 0..<places {
      let range = file.size * place / places..<file.size * (place + 1) / places
      let reader = try RawLineReader(
        source: ShardSource(path: file.path, range: places > 1 ? range : nil, size: file.size),
        options: readOptions(configuration), fileSystem: fileSystem)
      var passed = 0
      while passed < skipped, let line = try reader.next() { passed += line.bytes.count + 1 }
      let end = place + 1 == places ? limit : limit / places * (place + 1)
      while taken < end, let line = try reader.next() {
        // Copied whole: the last line is the one that reaches the limit.
        try output.write(Array(line.bytes) + [10])
        taken += line.bytes.count + 1
      }
      read += reader.bytesRead
    }
    _ = try output.finish()
    return (taken, read)
  }
}
