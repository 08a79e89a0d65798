import Deduplication
import Testing

@Suite struct URLKeyTests {
  static func key(_ address: String) -> String? {
    address.withBytes { URLKey($0) }.map { String(decoding: $0.bytes, as: UTF8.self) }
  }

  @Test func `spellings of one page have one key`() {
    for address in [
      "https://www.Example.org:443/a/b/?q=1#top", "http://example.org/a/b", "//example.org/a/b/", "example.org/a/b",
      " HTTP://user:secret@WWW.example.org./a/b#x?y ", "https://example.org/a/b//",
    ] { #expect(Self.key(address) == "example.org/a/b", "\(address)") }
  }

  @Test func `host and path count, and the path keeps its letters`() {
    #expect(Self.key("https://example.org/A%20b") == "example.org/A%20b")
    #expect(Self.key("https://www.com/") == "com")
    #expect(Self.key("https://www./") == "www")
    #expect(Self.key("http://[2001:DB8::1]:80/x") == "[2001:db8::1]/x")
    #expect(Self.key("https://пример.рф/я") == "пример.рф/я")
  }

  @Test func `what names no host has no key`() {
    for address in ["", "   ", "?q", "#x", "https://", "https:///a", "/a", "http://:80/"] {
      #expect(Self.key(address) == nil, "\(address)")
    }
  }

  @Test func `ranks order by source, length, id and text`() {
    func bytes(_ source: UInt32, _ length: Int, _ id: UInt64, _ rule: KeepRule) -> [UInt8] {
      var bytes: [UInt8] = []
      KeepRank(place: source, textBytes: length, idHash: id, textDigest: 7).append(rule: rule, to: &bytes)
      #expect(bytes.count == KeepRank.byteCount)
      return bytes
    }
    #expect(bytes(1, 10, 0, .longest).lexicographicallyPrecedes(bytes(0, 9, 0, .longest)))
    #expect(bytes(0, 9, 0, .source).lexicographicallyPrecedes(bytes(1, 10, 0, .source)))
    #expect(bytes(0, 9, 1, .longest).lexicographicallyPrecedes(bytes(0, 9, 2, .longest)))
    #expect(bytes(0, 9, 1, .earliest) == bytes(3, 1, 2, .earliest))
    #expect(bytes(0, 9, 0, .quality).lexicographicallyPrecedes(bytes(1, 1 << 33, 0, .quality)))
  }

  @Test func `places of scores descend as scores ascend`() {
    let scores: [Float] = [
      -.infinity, -1e30, -2, -1.0000001, -1, -.leastNonzeroMagnitude, 0, .leastNonzeroMagnitude, 0.98999995, 0.99, 1, 5,
      .greatestFiniteMagnitude, .infinity,
    ]
    let places = scores.map { qualityPlace($0) }
    #expect(zip(places, places.dropFirst()).allSatisfy { $0 > $1 }, "\(places)")
    #expect(qualityPlace(-0.0) == qualityPlace(0))
    #expect(qualityPlace(nil) == .max && qualityPlace(.nan) == .max)
    #expect(places.allSatisfy { $0 < .max }, "no score at all is the worst")
  }
}
