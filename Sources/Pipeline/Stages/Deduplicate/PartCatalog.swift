// The prepared parts as one numbered row of documents: global number = documents of all earlier parts + ordinal in the
// part. Parts are ordered by language, then index, so numbers depend on the plan alone.
import CorpusCore
import CorpusIO

struct PartCatalog: Sendable {
  struct Part: Sendable {
    let name: PartName
    let documents: Int
    let firstNumber: Int
    /// Digest of the prepared file: what later units depend on.
    let digest: Digest128
    let bytes: Int
    /// Bytes of JSON lines when decompressed.
    let rawBytes: Int
  }

  let parts: [Part]
  var documentCount: Int { parts.last.map { $0.firstNumber + $0.documents } ?? 0 }

  init(_ collected: [UnitManifest<CollectCounts>]) {
    var parts: [Part] = []
    var next = 0
    let named = collected.compactMap { manifest in manifest.counts.part.map { ($0, manifest) } }
    for (name, manifest) in named.sorted(by: { $0.0 < $1.0 }) {
      guard let text = manifest.outputs.first(where: { $0.path == RunDirectory.prepared(name) }) else { continue }
      parts.append(
        Part(
          name: name, documents: manifest.counts.documents, firstNumber: next, digest: text.digest, bytes: text.bytes,
          rawBytes: manifest.counts.rawBytes))
      next += manifest.counts.documents
    }
    self.parts = parts
  }

  /// Part and ordinal of a document number. O(log parts).
  func locate(_ number: Int) -> (part: Int, ordinal: Int) {
    let part = max(1, lowerBound(parts.count) { parts[$0].firstNumber <= number }) - 1
    return (part, number - parts[part].firstNumber)
  }
}

/// The fingerprint files of a run, mapped: the kernel keeps in memory what is used and drops the rest under pressure.
final class MappedFingerprints: Sendable {
  /// Bytes after which a pass over all records gives back what it has read.
  static let releaseBytes = 64 << 20
  private let maps: [MappedFile]
  private let catalog: PartCatalog
  let layout: FingerprintLayout

  init(directory: RunDirectory, catalog: PartCatalog, layout: FingerprintLayout) throws {
    self.catalog = catalog
    self.layout = layout
    maps = try catalog.parts.map { part in
      let path = directory.absolute(RunDirectory.fingerprints(part.name))
      let map = try MappedFile(path: path, fileSystem: directory.fileSystem)
      guard map.count == part.documents * layout.recordBytes else {
        throw PlainFailure(
          .badData, "\(path): \(map.count) bytes, expected \(part.documents * layout.recordBytes); run verify")
      }
      return map
    }
  }

  func withRecord<Result>(_ number: Int, _ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    let (part, ordinal) = catalog.locate(number)
    return try maps[part].withBytes(ordinal * layout.recordBytes..<(ordinal + 1) * layout.recordBytes, body)
  }

  /// Every record in order of document number.
  func forEach(_ body: (Int, UnsafeRawBufferPointer) throws -> Void) rethrows {
    var number = 0
    for map in maps {
      var released = 0
      for offset in stride(from: 0, to: map.count, by: layout.recordBytes) {
        try map.withBytes(offset..<offset + layout.recordBytes) { try body(number, $0) }
        number += 1
        if offset - released >= Self.releaseBytes {
          map.release()
          released = offset
        }
      }
      map.release()
    }
  }

  /// See `MappedFile.release`.
  func release() {
    for map in maps { map.release() }
  }
}
