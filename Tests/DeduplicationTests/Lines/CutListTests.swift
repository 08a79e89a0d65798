import CorpusCore
import TestSupport
import Testing

@testable import Deduplication

@Suite struct CutListTests {
  static func encode(_ entries: [CutList.Entry]) -> [UInt8] {
    var writer = CutListWriter()
    for entry in entries {
      if entry.ranges.isEmpty {
        writer.appendRemoved(entry.ordinal)
      } else {
        writer.append(entry.ordinal, entry.ranges)
      }
    }
    return writer.finished()
  }

  static func entries(_ list: CutList) throws -> [CutList.Entry] {
    var cursor = list.makeCursor()
    var entries: [CutList.Entry] = []
    while let entry = try cursor.next() { entries.append(entry) }
    return entries
  }

  static let some: [CutList.Entry] = [
    .init(ordinal: 0, ranges: []), .init(ordinal: 1, ranges: [0..<1, 2..<300]),
    .init(ordinal: 90, ranges: [70_000..<70_001]),
    .init(ordinal: 1 << 40, ranges: []),
  ]

  @Test func `lists survive their bytes`() throws {
    #expect(try Self.entries(CutList(decoding: Self.encode([]))) == [])
    let list = try CutList(decoding: Self.encode(Self.some))
    #expect(list.count == 4)
    #expect(try Self.entries(list) == Self.some)
  }

  @Test func `bytes are the specified ones`() {
    let bytes = Self.encode([.init(ordinal: 3, ranges: [0..<28, 29..<429]), .init(ordinal: 5, ranges: [])])
    let body: [UInt8] = [
      88, 89, 67, 84, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 2, 0, 27, 0, 0x8F, 0x03, 1, 0,
    ]
    #expect(Array(bytes.dropLast(8)) == body)
    let check = body.withUnsafeBytes { hash64($0) }
    #expect(Array(bytes.suffix(8)) == (0..<8).map { UInt8(truncatingIfNeeded: check >> UInt64(8 * $0)) })
  }

  @Test func `every flipped bit and every cut is noticed`() {
    let bytes = Self.encode(Self.some)
    for end in 0..<bytes.count {
      #expect(throws: DeduplicationFailure.self) { try CutList(decoding: Array(bytes[..<end])) }
    }
    for bit in 0..<(8 * bytes.count) {
      var damaged = bytes
      damaged[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(throws: DeduplicationFailure.self) { try CutList(decoding: damaged) }
    }
  }

  /// A list with a right checksum over whatever it holds.
  static func sealed(count: UInt64, payload: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = Array("XYCT".utf8) + [1, 0, 0, 0]
    bytes += (0..<8).map { UInt8(truncatingIfNeeded: count >> UInt64(8 * $0)) }
    bytes += payload
    let check = bytes.withUnsafeBytes { hash64($0) }
    return bytes + (0..<8).map { UInt8(truncatingIfNeeded: check >> UInt64(8 * $0)) }
  }

  @Test func `well sealed nonsense is refused`() {
    let largest = [UInt8](repeating: 0xFF, count: 9) + [0x01]
    let half = [UInt8](repeating: 0xFF, count: 8) + [0x1F]
    let nonsense: [(count: UInt64, payload: [UInt8])] = [
      (.max, [0, 0]), (2, [0, 0]), (1, [0, 0, 0]), (0, [0]), (1, [0]), (1, [0x80]), (1, [0x80, 0x00, 0]),
      // Ordinals, numbers of ranges and ranges that are too large.
      (1, largest + [0]), (2, [0, 0] + largest + [0]), (1, [0] + largest), (1, [0, 2, 0, 0, 0]),
      (1, [0, 1] + largest + [0]), (1, [0, 1, 0] + largest), (1, [0, 2] + half + half + [0, 0]),
      (1, [0, 3] + half + [0] + half + [0] + half + [0]),
    ]
    for (count, payload) in nonsense {
      #expect(throws: DeduplicationFailure.self) { try CutList(decoding: Self.sealed(count: count, payload: payload)) }
    }
  }

  @Test func `random payloads decode to their own bytes or fail`() throws {
    var random = SplitMix64(state: 43)
    var decoded = 0
    for _ in 0..<5000 {
      let payload = (0..<Int.random(in: 0..<12, using: &random)).map { _ in
        UInt8.random(in: 0...(Bool.random(using: &random) ? 3 : 255), using: &random)
      }
      let bytes = Self.sealed(count: UInt64.random(in: 0..<4, using: &random), payload: payload)
      if let list = try? CutList(decoding: bytes) {
        decoded += 1
        #expect(Self.encode(try Self.entries(list)) == bytes)
      }
    }
    #expect(decoded > 100)
  }
}
