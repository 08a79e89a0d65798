import CorpusCore
import Deduplication
import TestSupport
import Testing

@Suite struct RemovalListTests {
  static let lists: [[UInt64]] = [
    [], [0], [.max], [0, 1, 2, 3], [5, 127, 128, 129, 16_384, 1 << 35], [0, .max], [.max - 1, .max],
    Array(stride(from: 3, to: 90_000, by: 7)),
  ]

  @Test(arguments: lists) func listsSurviveTheirBytes(ordinals: [UInt64]) throws {
    let list = RemovalList(sortedOrdinals: ordinals)
    let read = try RemovalList(decoding: list.encode())
    #expect(read == list)
    #expect(Array(read) == ordinals)
  }

  @Test func bytesAreTheSpecifiedOnes() {
    let bytes = RemovalList(sortedOrdinals: [3, 4, 300]).encode()
    let body: [UInt8] = [88, 89, 82, 76, 1, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0xA7, 0x02]
    #expect(Array(bytes.prefix(20)) == body)
    let check = body.withUnsafeBytes { hash64($0) }
    #expect(Array(bytes.suffix(8)) == (0..<8).map { UInt8(truncatingIfNeeded: check >> UInt64(8 * $0)) })
    #expect(bytes.count == 28)
  }

  @Test func membersAreFoundBySearchAndInPassing() {
    let list = RemovalList(sortedOrdinals: [2, 3, 10])
    var cursor = list.makeCursor()
    for ordinal in UInt64(0)..<14 {
      let isMember = [2, 3, 10].contains(ordinal)
      #expect(list.contains(ordinal) == isMember)
      #expect(cursor.isRemoved(ordinal) == isMember)
    }
  }

  @Test func everyFlippedBitAndEveryCutIsNoticed() {
    let bytes = RemovalList(sortedOrdinals: [0, 9, 200, 70_000]).encode()
    for end in 0..<bytes.count {
      #expect(throws: DeduplicationFailure.self) { try RemovalList(decoding: Array(bytes[..<end])) }
    }
    for bit in 0..<(8 * bytes.count) {
      var damaged = bytes
      damaged[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(throws: DeduplicationFailure.self) { try RemovalList(decoding: damaged) }
    }
  }

  /// A list with a right checksum over whatever it holds.
  static func sealed(count: UInt64, payload: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = Array("XYRL".utf8) + [1, 0, 0, 0]
    bytes += (0..<8).map { UInt8(truncatingIfNeeded: count >> UInt64(8 * $0)) }
    bytes += payload
    let check = bytes.withUnsafeBytes { hash64($0) }
    return bytes + (0..<8).map { UInt8(truncatingIfNeeded: check >> UInt64(8 * $0)) }
  }

  @Test func wellSealedNonsenseIsRefused() {
    let nines = Array(repeating: UInt8(0xFF), count: 9)
    let nonsense: [(count: UInt64, payload: [UInt8])] = [
      (.max, [0]), (2, [0]), (1, [0, 0]), (0, [0]), (1, [0x80]), (1, [0x80, 0x00]), (1, nines + [0x02]),
      (1, nines + [0x81, 0x00]), (2, nines + [0x01, 0x00]), (2, [0x05] + nines + [0x01]),
    ]
    for (count, payload) in nonsense {
      #expect(throws: DeduplicationFailure.self) {
        try RemovalList(decoding: Self.sealed(count: count, payload: payload))
      }
    }
  }

  @Test func randomPayloadsDecodeToTheirOwnBytesOrFail() throws {
    var random = SplitMix64(state: 41)
    for _ in 0..<3000 {
      let payload = (0..<Int.random(in: 0..<12, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      let bytes = Self.sealed(count: UInt64.random(in: 0..<8, using: &random), payload: payload)
      if let list = try? RemovalList(decoding: bytes) { #expect(list.encode() == bytes) }
    }
  }
}
