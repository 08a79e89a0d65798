// The fingerprints of all documents, in files that are mapped: the kernel keeps in memory what is used and drops the rest
// under pressure.
import CorpusCore
import CorpusIO

final class MappedFingerprints: Sendable {
  /// Bytes after which a pass over all records gives back what it has read.
  static let releaseBytes = 64 << 20
  private let maps: [MappedFile]
  /// Number of the first document of each file, and at the end that of all documents.
  private let firsts: [Int]
  let layout: FingerprintLayout
  var count: Int { firsts.last ?? 0 }

  /// The files of a run's prepared parts.
  convenience init(directory: RunDirectory, catalog: PartCatalog, layout: FingerprintLayout) throws {
    let maps = try catalog.parts.map { part in
      let path = directory.absolute(RunDirectory.fingerprints(part.name))
      let map = try MappedFile(path: path, fileSystem: directory.fileSystem)
      guard map.count == part.documents * layout.recordBytes else {
        throw PlainFailure(
          .badData, "\(path): \(map.count) bytes, expected \(part.documents * layout.recordBytes); run verify")
      }
      return map
    }
    self.init(maps, layout: layout)
  }

  /// Files of whole records, numbered one after another.
  init(_ maps: [MappedFile], layout: FingerprintLayout) {
    self.maps = maps
    self.layout = layout
    var firsts = [0]
    for map in maps { firsts.append(firsts[firsts.count - 1] + map.count / layout.recordBytes) }
    self.firsts = firsts
  }

  func withRecord<Result>(_ number: Int, _ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    let file = maps.count == 1 ? 0 : max(1, lowerBound(maps.count) { firsts[$0] <= number }) - 1
    let start = (number - firsts[file]) * layout.recordBytes
    return try maps[file].withBytes(start..<start + layout.recordBytes, body)
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
