// 128-bit content digests: XXH3 (xxHash 0.8), the identity of texts, files and configurations.
public import CXXHash

/// The XXH3-128 digest of some bytes. Ordered as an unsigned 128-bit number.
public struct Digest128: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let high: UInt64
  public let low: UInt64

  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Digest of `bytes`; the empty input has a digest too. O(n), about 10 GB/s.
  public init(hashing bytes: UnsafeRawBufferPointer) {
    let hash = XXH3_128bits(bytes.baseAddress, bytes.count)
    self.init(high: hash.high64, low: hash.low64)
  }

  public init(hashing bytes: [UInt8]) {
    self = bytes.withUnsafeBytes { Digest128(hashing: $0) }
  }

  public init(hashing text: String) {
    self.init(hashing: Array(text.utf8))
  }

  /// The digest that `description` printed, or nil when `text` is not 32 hexadecimal digits.
  public init?(hex text: String) {
    // `UInt64(_:radix:)` takes a sign as well.
    guard text.utf8.count == 32, text.utf8.allSatisfy({ $0 != 43 && $0 != 45 }),
      let high = UInt64(text.prefix(16), radix: 16), let low = UInt64(text.suffix(16), radix: 16)
    else { return nil }
    self.init(high: high, low: low)
  }

  public static func < (a: Digest128, b: Digest128) -> Bool {
    a.high != b.high ? a.high < b.high : a.low < b.low
  }

  /// 32 lower-case hexadecimal digits, high half first.
  public var description: String { Self.hex(high) + Self.hex(low) }

  static func hex(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

extension Digest128: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let digest = Digest128(hex: text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "expected 32 hexadecimal digits")
    }
    self = digest
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

/// A digest built from pieces: equal to the digest of their concatenation.
public struct StreamingDigest: ~Copyable {
  private let state: OpaquePointer

  public init() {
    guard let state = XXH3_createState() else { preconditionFailure("out of memory for a digest state") }
    self.state = state
    XXH3_128bits_reset(state)
  }

  deinit { XXH3_freeState(state) }

  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    XXH3_128bits_update(state, bytes.baseAddress, bytes.count)
  }

  /// The digest of everything so far; more may follow.
  public func digest() -> Digest128 {
    let hash = XXH3_128bits_digest(state)
    return Digest128(high: hash.high64, low: hash.low64)
  }
}

/// XXH3-64 of `bytes` under `seed`: hash of a word, a shingle, an identifier.
@inlinable
public func hash64(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
  XXH3_64bits_withSeed(bytes.baseAddress, bytes.count, seed)
}
