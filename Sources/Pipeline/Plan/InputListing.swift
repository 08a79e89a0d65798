// The input of a run as it stands: files found by the globs, in path order, each with its size and a sampled digest
// (docs/decisions/0002: a full digest of 41.5 TB before the start would be a pass of its own).
import CorpusCore
import CorpusIO

/// One input file.
public struct InputFile: Codable, Sendable, Hashable {
  public var path: String
  public var size: Int
  /// XXH3 of size and of the first, the last and 62 evenly spaced blocks of 64 KiB; of the whole file up to 4 MiB.
  public var sampledDigest: Digest128
}

/// Files that match `patterns`, sorted by path, each once. A pattern that matches nothing is a failure, not an empty run.
public func listInput(_ patterns: [String], fileSystem: any FileSystem) throws -> [InputFile] {
  var paths: Set<String> = []
  for pattern in patterns {
    let matches = try expandGlob(pattern, fileSystem: fileSystem)
    guard !matches.isEmpty else {
      throw PlainFailure(
        .noInput, "\(pattern): matches no file; give a file, a directory's glob such as 'data/*.jsonl', or -")
    }
    paths.formUnion(matches)
  }
  return try paths.sorted().map { try sampledInput($0, fileSystem: fileSystem) }
}

/// Regular files for a glob; a pattern without wildcards stands for itself, a directory for the shards in it.
public func expandGlob(_ pattern: String, fileSystem: any FileSystem) throws(CorpusIOFailure) -> [String] {
  if let isDirectory = try fileSystem.isDirectory(pattern) {
    guard isDirectory else { return [pattern] }
    let endings = [".jsonl", ".ndjson", ".jsonl.gz", ".jsonl.zst", ".json.gz", ".txt"]
    return try fileSystem.names(in: pattern).filter { name in endings.contains { name.hasSuffix($0) } }.sorted()
      .map { pattern + "/" + $0 }
  }
  var paths: [String] = []
  for path in try fileSystem.paths(matching: pattern) where try fileSystem.isDirectory(path) == false {
    paths.append(path)
  }
  return paths
}

private func sampledInput(_ path: String, fileSystem: any FileSystem) throws -> InputFile {
  let descriptor = try fileSystem.openForReading(path)
  defer { fileSystem.close(descriptor) }
  let size = try fileSystem.size(of: path) ?? 0
  let block = 64 << 10
  var offsets: [(offset: Int, count: Int)] = []
  if size <= 64 * block {
    var offset = 0
    while offset < size {
      offsets.append((offset, min(block, size - offset)))
      offset += block
    }
  } else {
    for index in 0..<64 { offsets.append((Int((Double(size - block) / 63 * Double(index)).rounded(.down)), block)) }
  }
  var digest = StreamingDigest()
  withUnsafeBytes(of: UInt64(size).littleEndian) { digest.update($0) }
  var bytes = [UInt8](repeating: 0, count: block)
  for (offset, count) in offsets {
    try fileSystem.seek(descriptor, to: offset, path: path)
    var read = 0
    try bytes.withUnsafeMutableBytes { bytes in
      while read < count {
        let part = try fileSystem.read(
          descriptor, into: UnsafeMutableRawBufferPointer(rebasing: bytes[read..<count]), path: path)
        if part == 0 { break }
        read += part
      }
    }
    guard read == count else {
      throw PlainFailure(
        .inputOutput, "\(path): read \(read) of \(count) bytes at \(offset); is the file being written?")
    }
    bytes.withUnsafeBytes { digest.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
  }
  return InputFile(path: path, size: size, sampledDigest: digest.digest())
}
