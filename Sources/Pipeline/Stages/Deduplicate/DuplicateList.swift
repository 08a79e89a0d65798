// All documents that deduplication takes out, in order of number, on disk: 24 bytes each.
import CorpusCore
import CorpusIO

/// A document to take out, and the one that stays for it.
struct Duplicate: Sendable {
  var number: Int
  var representative: Int
  var similarity: Float
  var reason: DropReason
}

struct DuplicateList {
  /// Number, representative, and bits of the similarity; the highest bit of the last is set in exact duplicates.
  private static let entryBytes = 24
  private static let exactBit: UInt64 = 1 << 63
  private let map: MappedFile
  var count: Int { map.count / Self.entryBytes }

  /// `exact`: records of number and representative; `near`: number, representative, bits of the similarity. No document
  /// is in both. The representative of an exact duplicate may be a near duplicate itself: then the one that stays for
  /// that one is named, with its similarity.
  init(exact: ExternalSorter, near: ExternalSorter, space: DeduplicationSpace) throws {
    let nearFile = try space.createScratch("near-removals")
    try near.forEachSorted { bytes in
      try Self.write(
        loadBigEndian(bytes, at: 0), loadBigEndian(bytes, at: 8), loadBigEndian(bytes, at: 16), to: nearFile)
    }
    _ = try nearFile.finish()
    let nearList = DuplicateList(map: try space.map("near-removals"))
    let all = try space.createScratch("removals")
    var next = 0
    func copyNear(before number: UInt64?) throws {
      while next < nearList.count {
        let entry = nearList.entry(next)
        if let number, entry.0 > number { return }
        try Self.write(entry.0, entry.1, entry.2, to: all)
        next += 1
      }
    }
    try exact.forEachSorted { bytes in
      let number = loadBigEndian(bytes, at: 0)
      let representative = loadBigEndian(bytes, at: 8)
      try copyNear(before: number)
      if let kept = nearList.find(representative) {
        try Self.write(number, kept.1, kept.2 | Self.exactBit, to: all)
      } else {
        try Self.write(number, representative, UInt64(Float(1).bitPattern) | Self.exactBit, to: all)
      }
    }
    try copyNear(before: nil)
    _ = try all.finish()
    map = try space.map("removals")
  }

  private init(map: MappedFile) { self.map = map }

  subscript(index: Int) -> Duplicate {
    let (number, representative, bits) = entry(index)
    return Duplicate(
      number: Int(number), representative: Int(representative),
      similarity: Float(bitPattern: UInt32(truncatingIfNeeded: bits)),
      reason: bits & Self.exactBit == 0 ? .nearDuplicate : .exactDuplicate)
  }

  func forEach(_ body: (Duplicate) throws -> Void) rethrows {
    for index in 0..<count { try body(self[index]) }
  }

  /// Index of the first entry whose document's number is `number` or more. O(log n).
  func firstIndex(from number: Int) -> Int { lowerBound(count) { entry($0).0 < UInt64(number) } }

  private func entry(_ index: Int) -> (UInt64, UInt64, UInt64) {
    let offset = index * Self.entryBytes
    return (map.number(at: offset), map.number(at: offset + 8), map.number(at: offset + 16))
  }

  /// The entry of a document. O(log n).
  private func find(_ number: UInt64) -> (UInt64, UInt64, UInt64)? {
    let index = firstIndex(from: Int(number))
    guard index < count else { return nil }
    let found = entry(index)
    return found.0 == number ? found : nil
  }

  private static func write(_ number: UInt64, _ representative: UInt64, _ bits: UInt64, to file: OutputFile) throws {
    try withUnsafeBytes(of: (number, representative, bits)) { try file.write($0) }
  }
}
