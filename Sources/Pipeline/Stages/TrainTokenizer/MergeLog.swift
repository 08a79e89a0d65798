// Merges as a file: 12 bytes each: left id, right id (top bit: a count had passed 2^31), and a check that chains from a key,
// the identity of input and options. So a torn or damaged file is used up to the damage, and one of another training not at all.
import CorpusCore
import Tokenization

struct MergeLog {
  static let recordBytes = 12
  /// Of a vocabulary of 2^20 entries at most.
  static let largestFile = (1 << 21) * recordBytes

  private var chain: UInt32

  init(key: Digest128) { chain = UInt32(truncatingIfNeeded: key.low) }

  /// The merges at the beginning of `bytes`, as far as their checks hold; `encode` goes on behind them.
  mutating func decode(_ bytes: [UInt8]) -> [LearnedMerge] {
    var merges: [LearnedMerge] = []
    func number(_ at: Int) -> UInt32 {
      UInt32(bytes[at]) | UInt32(bytes[at + 1]) << 8 | UInt32(bytes[at + 2]) << 16 | UInt32(bytes[at + 3]) << 24
    }
    for at in stride(from: 0, through: bytes.count - Self.recordBytes, by: Self.recordBytes) {
      let merge = LearnedMerge(
        left: number(at), right: number(at + 4) & ~(1 << 31), overflowed32Bits: number(at + 4) >> 31 == 1)
      let next = Self.link(chain, merge)
      guard number(at + 8) == next else { break }
      chain = next
      merges.append(merge)
    }
    return merges
  }

  /// The records of `merges`, which follow those before.
  mutating func encode(_ merges: [LearnedMerge]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(merges.count * Self.recordBytes)
    for merge in merges {
      chain = Self.link(chain, merge)
      for value in [merge.left, Self.right(merge), chain] {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
      }
    }
    return bytes
  }

  private static func right(_ merge: LearnedMerge) -> UInt32 {
    merge.right | (merge.overflowed32Bits ? 1 << 31 : 0)
  }

  private static func link(_ chain: UInt32, _ merge: LearnedMerge) -> UInt32 {
    let hash = withUnsafeBytes(of: (merge.left.littleEndian, right(merge).littleEndian)) {
      hash64($0, seed: UInt64(chain))
    }
    return UInt32(truncatingIfNeeded: hash >> 32)
  }
}
