// Tokens as two words: compared and hashed without a loop, for a mispredicted branch costs more than either.
import CorpusCore

/// What a token is, in 16 bytes: of one of the byte alphabet with at most 15 bytes everything, of any other the digest
/// of its bytes, its length and its spelling.
///
/// Layout of a short one: its bytes, zeros, its length + 1 in the last byte. Others have the digest in `low`, the length
/// in the low half of `high`, and a last byte of 64 + spelling. All zeros are the key of no token.
struct TokenKey {
  static let longestShort = 15
  /// Bytes that `init(reading:count:)` may read, however short the token is.
  static let readBytes = 16

  let low: UInt64
  let high: UInt64

  private init(low: UInt64, high: UInt64) {
    self.low = low
    self.high = high
  }

  /// The key of `count` bytes of the byte alphabet at `bytes`, of which `readBytes` may be read.
  @inline(__always)
  init(reading bytes: UnsafePointer<UInt8>, count: Int) {
    guard count <= Self.longestShort else {
      self = Self.long(UnsafeBufferPointer(start: bytes, count: count), .alphabet)
      return
    }
    let raw = UnsafeRawPointer(bytes)
    let bits = UInt64(truncatingIfNeeded: count &* 8)
    let lowMask: UInt64 = count >= 8 ? .max : (1 &<< bits) &- 1
    let highMask: UInt64 = count <= 8 ? 0 : (1 &<< (bits &- 64)) &- 1
    low = raw.loadUnaligned(as: UInt64.self) & lowMask
    high = (raw + 8).loadUnaligned(as: UInt64.self) & highMask | UInt64(truncatingIfNeeded: count &+ 1) << 56
  }

  /// The key of a token of either spelling, of whose bytes `readBytes` may be read.
  @inline(__always)
  init(reading bytes: UnsafePointer<UInt8>, count: Int, _ spelling: TokenSpelling) {
    self =
      spelling == .alphabet
      ? TokenKey(reading: bytes, count: count)
      : TokenKey(UnsafeBufferPointer(start: bytes, count: count), spelling)
  }

  /// The key of any token, behind whose bytes nothing is read.
  init(_ bytes: UnsafeBufferPointer<UInt8>, _ spelling: TokenSpelling) {
    guard spelling == .alphabet, bytes.count <= Self.longestShort else {
      self = Self.long(bytes, spelling)
      return
    }
    var low: UInt64 = 0
    var high = UInt64(bytes.count + 1) << 56
    for (index, byte) in bytes.enumerated() {
      if index < 8 { low |= UInt64(byte) << UInt64(8 * index) } else { high |= UInt64(byte) << UInt64(8 * index - 64) }
    }
    self.init(low: low, high: high)
  }

  @inline(never)
  private static func long(_ bytes: UnsafeBufferPointer<UInt8>, _ spelling: TokenSpelling) -> TokenKey {
    TokenKey(
      low: hash64(UnsafeRawBufferPointer(bytes)),
      high: UInt64(64 + spelling.rawValue) << 56 | UInt64(UInt32(truncatingIfNeeded: bytes.count)))
  }

  /// Whether the key says all of the token; of others that have one key the bytes are to be compared.
  @inline(__always)
  var isShort: Bool { high >> 56 <= UInt64(Self.longestShort + 1) }

  @inline(__always)
  static func == (a: TokenKey, b: TokenKey) -> Bool { (a.low ^ b.low) | (a.high ^ b.high) == 0 }

  /// Spread over all 64 bits.
  @inline(__always)
  var hash: UInt64 {
    let product = (low ^ 0xA076_1D64_78BD_642F).multipliedFullWidth(by: high ^ 0xE703_7ED1_A0B4_28DB)
    return product.high ^ product.low
  }
}
