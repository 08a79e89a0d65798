import Testing

@testable import Tokenization

/// Tables of remembered pieces against a dictionary.
@Suite struct PieceCacheTests {
  /// Keys of pieces of up to 15 bytes, with their lengths; the number makes them different.
  private static func key(_ number: UInt64) -> (low: UInt64, high: UInt64) { (number &* 3, number % 977 | 9 << 56) }

  /// As encoders look: in the second set only when the first is full, or else `anywhere`.
  private static func find(
    _ number: UInt64, in table: borrowing ShortPieceTable, anywhere: Bool = false
  ) -> SIMD4<UInt32>? {
    let key = key(number)
    let hash = ShortPieceTable.hash(key.low, key.high)
    var value = SIMD4<UInt32>.zero
    for set in [table.first(hash), table.second(hash)] {
      let count = ShortPieceTable.find(key.low, key.high, in: set, value: &value)
      if count != 0 { return count == 1 + UInt8(number % 4) ? value : nil }
      if !anywhere, !ShortPieceTable.isFull(set) { return nil }
    }
    return nil
  }

  private static func insert(_ number: UInt64, into table: inout ShortPieceTable) {
    let key = key(number)
    let small = UInt32(truncatingIfNeeded: number)
    table.insert(
      key.low, key.high, hash: ShortPieceTable.hash(key.low, key.high), SIMD4(small, ~small, 1, 2),
      count: 1 + UInt8(number % 4))
  }

  @Test func aTableThatGrowsKeepsNearlyAllPieces() {
    var table = ShortPieceTable(bytes: 8 << 20)
    // Of 262,144 places. Before a doubling both sets of one piece in ten are full.
    let count: UInt64 = 120_000
    for number in 0..<count {
      Self.insert(number, into: &table)
      #expect(Self.find(number, in: table) == SIMD4(UInt32(number), ~UInt32(number), 1, 2))
    }
    let lost = (0..<count).count { Self.find($0, in: table) != SIMD4(UInt32($0), ~UInt32($0), 1, 2) }
    #expect(lost < Int(count) / 10, "\(lost) of \(count) pieces lost")
    // Growth leaves hardly any piece in its second set whose first one has room again.
    let hidden = lost - (0..<count).count { Self.find($0, in: table, anywhere: true) == nil }
    #expect(hidden < Int(count) / 1000, "\(hidden) of \(count) pieces are where nobody looks")
    #expect((count..<2 * count).allSatisfy { Self.find($0, in: table) == nil })
  }

  @Test(arguments: [0, 1, 64, 100, 4096]) func aTableAtItsBudgetHoldsTheNewestPiece(_ bytes: Int) {
    var table = ShortPieceTable(bytes: bytes)
    for number in 0..<3000 as Range<UInt64> {
      Self.insert(number, into: &table)
      Self.insert(number, into: &table)
      #expect(Self.find(number, in: table) == SIMD4(UInt32(number), ~UInt32(number), 1, 2))
    }
    let kept = (0..<3000 as Range<UInt64>).count { Self.find($0, in: table) != nil }
    #expect(kept <= max(2, bytes / 32), "no more than there is room for")
  }

  @Test func longPiecesSurviveGrowth() {
    var table = LongPieceTable(bytes: 4 << 20)
    func key(_ number: UInt64) -> LongPieceTable.Key {
      (SIMD2(number, 1), SIMD2(number / 7, number), SIMD2(5, 40 << 48 | number % 11))
    }
    func find(_ number: UInt64, in table: borrowing LongPieceTable) -> [UInt32]? {
      let hash = LongPieceTable.hash(key(number))
      for set in [table.first(hash), table.second(hash)] {
        if let entry = LongPieceTable.find(key(number), in: set) {
          var ids = [UInt32](repeating: 0, count: PackedIDs.most)
          let count = LongPieceTable.ids(of: entry, &ids)
          return Array(ids[..<count])
        }
        if !LongPieceTable.isFull(set) { return nil }
      }
      return nil
    }
    let count: UInt64 = 30_000
    for number in 0..<count {
      let ids = (0...number % 6).map { UInt32($0 * 1000 + number) }
      table.insert(key(number), hash: LongPieceTable.hash(key(number)), ids, count: ids.count)
    }
    let lost = (0..<count).count { number in
      find(number, in: table) != (0...number % 6).map { UInt32($0 * 1000 + number) }
    }
    #expect(lost < Int(count) / 10, "\(lost) of \(count) pieces lost")
    #expect((count..<2 * count).allSatisfy { find($0, in: table) == nil })
  }

  /// The ring goes round many times, and pieces share slots.
  @Test(arguments: [0, 1 << 18, 1 << 20]) func largePiecesAreRememberedUntilTheirRoomIsNeeded(_ bytes: Int) {
    var table = LargePieceTable(bytes: bytes)
    func piece(_ number: Int) -> [UInt8] {
      (0..<16 + number * 7 % 357).map { UInt8(truncatingIfNeeded: $0 * number + number >> 3) } + [0]
    }
    func ids(_ number: Int) -> [UInt32] { (0..<1 + number % 90).map { UInt32(number + $0) } }
    func hash(_ number: Int) -> UInt64 { UInt64(number % 5000) &* 0x9E37_79B9_7F4A_7C15 }
    func found(_ number: Int, in table: borrowing LargePieceTable) -> [UInt32]? {
      let piece = piece(number)
      guard let ids = table.find(piece, piece.count - 1, hash(number)) else { return nil }
      return Array(UnsafeBufferPointer(start: ids.first, count: ids.count))
    }
    let count = 20_000
    for number in 0..<count {
      #expect(found(number, in: table) == nil)
      let piece = piece(number)
      table.insert(piece, piece.count - 1, hash(number), ids(number), count: ids(number).count)
      #expect(found(number, in: table) == (bytes == 0 ? nil : ids(number)))
    }
    var kept = 0
    for number in 0..<count {
      guard let found = found(number, in: table) else { continue }
      #expect(found == ids(number))
      kept += 1
    }
    // A piece takes 99 words on average, with its ids.
    #expect(kept <= bytes / 4 / 99 * 11 / 10 && kept >= bytes / 4 / 99 / 2, "\(kept) of \(count)")
  }
}
