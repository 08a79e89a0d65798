// The digests of a run's kept documents, sorted: what a later run needs to know of an earlier one (docs/formats/
// digests.md). 16 bytes a document, read once from the beginning to the end beside the digests of the new shards.
import CorpusCore
import CorpusIO

/// What the digests of a file are digests of; runs of another kind cannot be compared.
public enum ExactForm: String, Sendable, Codable, CaseIterable {
  /// The text, byte for byte.
  case text
  /// Without white space, decimal digits and ASCII punctuation: the form that ROOTS compared.
  case roots
  /// The same, and full case folding.
  case normalized
  /// Host and path of the record's URL.
  case url

  fileprivate var code: UInt32 { UInt32(Self.allCases.firstIndex(of: self) ?? 0) }
}

enum DigestFormat {
  static let name = "digests.xydg"
  static let magic: [UInt8] = Array("XYDG".utf8)
  static let version: UInt32 = 1
  static let headerBytes = 16

  static func header(_ form: ExactForm, within: RepetitionScope) -> [UInt8] {
    var bytes = magic
    for number in [version, form.code, code(of: within)] {
      withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }
    return bytes
  }

  private static func code(of scope: RepetitionScope) -> UInt32 {
    switch scope {
    case .all: 0
    case .language: 1
    case .source: 2
    }
  }
}

/// Reads a digest file forward. Everything is checked on the way: a file that is damaged anywhere throws before the end.
final class DigestFileReader {
  let path: String
  private let fileSystem: any FileSystem
  private let fd: Int32
  private var digest = StreamingDigest()
  private var left: Int
  private var buffer: [UInt8] = []
  private var offset = 0
  private var hasChecked = false
  private var previous: Digest128?
  /// The digest at hand; nil at the end.
  private(set) var current: Digest128?

  init(path: String, form: ExactForm, within: RepetitionScope, fileSystem: any FileSystem) throws {
    self.path = path
    self.fileSystem = fileSystem
    guard let size = try fileSystem.size(of: path) else {
      throw PlainFailure(.noInput, "\(path): not there; --against takes the output of `xylem dedup exact`")
    }
    let body = size - DigestFormat.headerBytes - ChecksummedFileWriter.trailerBytes
    guard body >= 0, body % 16 == 0 else {
      throw PlainFailure(.badData, "\(path): \(size) bytes cannot be a digest file; make it again")
    }
    left = body / 16
    fd = try fileSystem.openForReading(path)
    let header = try read(DigestFormat.headerBytes)
    guard header[0..<4].elementsEqual(DigestFormat.magic) else {
      throw PlainFailure(.badData, "\(path): not a digest file: it does not begin with XYDG")
    }
    guard header == DigestFormat.header(form, within: within) else {
      throw PlainFailure(
        .configuration,
        "\(path): written with another --form, --scope or --within, or by another version; compare with the same ones")
    }
    header.withUnsafeBytes { digest.update($0) }
    try advance()
  }

  deinit { fileSystem.close(fd) }

  func advance() throws {
    if offset == buffer.count {
      guard left > 0 else { return try checkEnd() }
      let count = min(left, 1 << 12)
      buffer = try read(count * 16)
      buffer.withUnsafeBytes { digest.update($0) }
      left -= count
      offset = 0
    }
    let next = buffer.withUnsafeBytes {
      Digest128(high: loadBigEndian($0, at: offset), low: loadBigEndian($0, at: offset + 8))
    }
    offset += 16
    if let previous, previous >= next { throw PlainFailure(.badData, "\(path): digests out of order; make it again") }
    previous = next
    current = next
  }

  /// Whether `wanted` is in the file; ask in ascending order.
  func contains(_ wanted: Digest128) throws -> Bool {
    while let here = current, here < wanted { try advance() }
    return current == wanted
  }

  /// Reads to the end, so that damage behind the last digest that was asked for is found as well.
  func finish() throws {
    while current != nil { try advance() }
  }

  private func checkEnd() throws {
    current = nil
    guard !hasChecked else { return }
    hasChecked = true
    let trailer = try read(ChecksummedFileWriter.trailerBytes)
    trailer.withUnsafeBytes { digest.update(UnsafeRawBufferPointer(rebasing: $0[..<8])) }
    let check = digest.digest()
    let written = trailer.withUnsafeBytes {
      Digest128(high: loadBigEndian($0, at: 8), low: loadBigEndian($0, at: 16))
    }
    guard check == written else { throw PlainFailure(.badData, "\(path): the checksum differs; make it again") }
  }

  private func read(_ count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got = try bytes.withUnsafeMutableBytes {
        try fileSystem.read(fd, into: UnsafeMutableRawBufferPointer(rebasing: $0[filled...]), path: path)
      }
      guard got > 0 else { throw PlainFailure(.badData, "\(path): cut short; make it again") }
      filled += got
    }
    return bytes
  }
}
