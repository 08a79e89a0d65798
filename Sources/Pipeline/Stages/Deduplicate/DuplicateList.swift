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

/// What one round of the search found, in any order: number, representative, bits of the similarity.
struct DuplicateRound {
  let reason: DropReason
  private let sorter: ExternalSorter

  init(_ reason: DropReason, space: DeduplicationSpace) {
    self.reason = reason
    sorter = space.sorter(recordBytes: 24)
  }

  func add(_ number: Int, representative: Int, similarity: Float) throws {
    try sorter.add(UInt64(number), UInt64(representative), UInt64(similarity.bitPattern))
  }

  fileprivate func forEachSorted(_ body: (UInt64, UInt64, UInt64) throws -> Void) throws {
    try sorter.forEachSorted { bytes in
      try body(loadBigEndian(bytes, at: 0), loadBigEndian(bytes, at: 8), loadBigEndian(bytes, at: 16))
    }
  }
}

struct DuplicateList {
  /// Number, representative, and bits of the similarity in the lower half of the third; in its upper half the reason.
  private static let entryBytes = 24
  private static let reasons: [DropReason] = [.nearDuplicate, .exactDuplicate, .urlDuplicate]
  private let map: MappedFile
  var count: Int { map.count / Self.entryBytes }

  /// `rounds` in the order of the search; no document was found in two. The representative that one round names may have
  /// gone in a later one: then who stays for that one is named, with its similarity.
  init(rounds: [DuplicateRound], space: DeduplicationSpace) throws {
    var list: DuplicateList?
    for (index, round) in rounds.enumerated().reversed() {
      let reason = UInt64(Self.reasons.firstIndex(of: round.reason) ?? 0) << 32
      let name = "removals-\(index)"
      let file = try space.createScratch(name)
      let later = list
      var next = 0
      func copyLater(before number: UInt64?) throws {
        while let later, next < later.count {
          let entry = later.entry(next)
          if let number, entry.0 > number { return }
          try Self.write(entry.0, entry.1, entry.2, to: file)
          next += 1
        }
      }
      try round.forEachSorted { number, representative, bits in
        try copyLater(before: number)
        if let gone = later?.find(representative) {
          try Self.write(number, gone.1, gone.2 & 0xFFFF_FFFF | reason, to: file)
        } else {
          try Self.write(number, representative, bits | reason, to: file)
        }
      }
      try copyLater(before: nil)
      _ = try file.finish()
      list = DuplicateList(map: try space.map(name))
    }
    if let list {
      self = list
    } else {
      _ = try space.createScratch("removals").finish()
      map = try space.map("removals")
    }
  }

  private init(map: MappedFile) { self.map = map }

  subscript(index: Int) -> Duplicate {
    let (number, representative, bits) = entry(index)
    return Duplicate(
      number: Int(number), representative: Int(representative),
      similarity: Float(bitPattern: UInt32(truncatingIfNeeded: bits)),
      reason: Self.reasons[Int(bits >> 32)])
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
