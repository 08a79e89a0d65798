// Lines of evidence on their way into a file of zstd frames.
import CorpusIO

/// Lines in compressed frames of about 4 MB.
struct CompressedLines {
  private static let frameBytes = 4 << 20
  private let file: OutputFile
  private let compressor = FrameCompressor()
  private var lines: [UInt8] = []

  init(attempt: Attempt) throws { file = try attempt.createOutput() }

  mutating func append(_ body: (inout [UInt8]) -> Void) throws {
    body(&lines)
    if lines.count >= Self.frameBytes { try close() }
  }

  /// `line` ends in a line feed.
  mutating func append(_ line: [UInt8]) throws { try append { $0.append(contentsOf: line) } }

  mutating func finish() throws -> FileSummary {
    try close()
    return try file.finish()
  }

  private mutating func close() throws {
    try file.write(lines.withUnsafeBytes { compressor.compress($0) })
    lines.removeAll(keepingCapacity: true)
  }
}
