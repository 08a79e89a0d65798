// Digests: what they print is what they read, pieces give the digest of the whole, and their order is that of numbers.
import CorpusCore
import Foundation
import Testing

struct Digest128Tests {
  /// Digest of `bytes` given in pieces of at most `size`.
  private func streamed(_ bytes: [UInt8], size: Int) -> Digest128 {
    var digest = StreamingDigest()
    for start in stride(from: 0, to: bytes.count, by: size) {
      bytes[start..<min(start + size, bytes.count)].withUnsafeBytes { digest.update($0) }
    }
    return digest.digest()
  }

  @Test func `the empty input has the digest that xxHash gives it`() {
    #expect(Digest128(hashing: "").description == "99aa06d3014798d86001c324468d497f")
  }

  @Test func `hexadecimal digits come back as the same digest`() {
    for text in ["", "a", "xylem", String(repeating: "long ", count: 1000)] {
      let digest = Digest128(hashing: text)
      #expect(Digest128(hex: digest.description) == digest)
    }
    let small = Digest128(high: 0, low: 10)
    #expect(small.description == "0000000000000000000000000000000a")
    #expect(Digest128(hex: small.description) == small)
  }

  @Test(arguments: [
    "", "12", "99aa06d3014798d86001c324468d497", "99aa06d3014798d86001c324468d497f0",
    "99aa06d3014798d86001c324468d497g",
    "+9aa06d3014798d86001c324468d497f", "99aa06d3014798d8-001c324468d497f", "99aa06d3014798d8 001c324468d497f",
  ])
  func `text that is not 32 hexadecimal digits is no digest`(text: String) {
    #expect(Digest128(hex: text) == nil)
  }

  @Test func `pieces give the digest of the whole, whatever their size`() {
    for count in [0, 1, 16, 240, 241, 1024, 5000] {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }
      for size in [1, 3, 64, 255, 1024, 8192] {
        #expect(streamed(bytes, size: size) == Digest128(hashing: bytes), "\(count) bytes in pieces of \(size)")
      }
    }
  }

  @Test func `a streaming digest may be asked in between`() {
    var digest = StreamingDigest()
    Array("ab".utf8).withUnsafeBytes { digest.update($0) }
    #expect(digest.digest() == Digest128(hashing: "ab"))
    Array("cd".utf8).withUnsafeBytes { digest.update($0) }
    #expect(digest.digest() == Digest128(hashing: "abcd"))
  }

  @Test func `the order is that of unsigned numbers and of their digits`() {
    let ascending = [
      Digest128(high: 0, low: 0), Digest128(high: 0, low: 1), Digest128(high: 0, low: .max),
      Digest128(high: 1, low: 0), Digest128(high: 1 << 63, low: 5), Digest128(high: .max, low: .max),
    ]
    #expect(ascending.shuffled().sorted() == ascending)
    #expect(ascending.map(\.description).sorted() == ascending.map(\.description))
  }

  @Test func `as JSON a digest is its digits, and other text is refused`() throws {
    let digest = Digest128(hashing: "x")
    let data = try JSONEncoder().encode([digest])
    #expect(String(decoding: data, as: UTF8.self) == "[\"\(digest)\"]")
    #expect(try JSONDecoder().decode([Digest128].self, from: data) == [digest])
    #expect(throws: DecodingError.self) { try JSONDecoder().decode([Digest128].self, from: Data("[\"12\"]".utf8)) }
  }

  @Test func `a 64-bit hash depends on bytes and seed`() {
    func hash(_ text: String, seed: UInt64 = 0) -> UInt64 {
      Array(text.utf8).withUnsafeBytes { hash64($0, seed: seed) }
    }
    #expect(hash("word") == hash("word"))
    #expect(hash("word") != hash("Word"))
    #expect(hash("word") != hash("word", seed: 1))
  }
}
