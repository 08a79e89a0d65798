// What two web addresses must share to be one page: host and path (ROOTS, dedup_document_on_url, drops the query).

/// Host and path of an address, in one spelling.
///
/// The rule, in this order: white space around it goes; the scheme and `//`, the fragment from `#`, the query from `?`;
/// name and password before `@`; the port; upper-case ASCII letters of the host become lower-case; dots at the host's
/// end and one leading `www.` go; slashes at the path's end go. Letters of the path and its percent signs stay as they
/// are. `https://www.Example.org:443/a/b/?q=1#top` is `example.org/a/b`.
public struct URLKey: Hashable, Sendable {
  public let bytes: [UInt8]

  /// nil when the address names no host. O(n).
  public init?(_ address: Span<UInt8>) {
    var text = address.withUnsafeBufferPointer { Array($0) }[...]
    while let last = text.last, last <= 0x20 { text.removeLast() }
    text = text.drop { $0 <= 0x20 }
    if let end = text.firstIndex(where: { $0 == UInt8(ascii: "#") || $0 == UInt8(ascii: "?") }) { text = text[..<end] }
    text = Self.withoutScheme(text)
    let hostEnd = text.firstIndex(of: UInt8(ascii: "/")) ?? text.endIndex
    guard let host = Self.host(text[..<hostEnd]) else { return nil }
    var path = text[hostEnd...]
    while path.last == UInt8(ascii: "/") { path.removeLast() }
    bytes = host + path
  }

  private static func withoutScheme(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var index = text.startIndex
    while index < text.endIndex, isSchemeCharacter(text[index]) { index += 1 }
    let behind = text[index...]
    if behind.starts(with: "://".utf8) { return behind.dropFirst(3) }
    return text.starts(with: "//".utf8) ? text.dropFirst(2) : text
  }

  private static func isSchemeCharacter(_ byte: UInt8) -> Bool {
    switch byte | 0x20 {
    case 97...122: true
    default: (48...57).contains(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") || byte == 0x2E
    }
  }

  private static func host(_ authority: ArraySlice<UInt8>) -> [UInt8]? {
    var host = authority
    if let at = host.lastIndex(of: UInt8(ascii: "@")) { host = host[(at + 1)...] }
    // The colons of an IPv6 address stand in brackets; a port's colon stands behind them.
    let portBegin = host.lastIndex(of: UInt8(ascii: "]")) ?? host.startIndex
    if let colon = host[portBegin...].firstIndex(of: UInt8(ascii: ":")) { host = host[..<colon] }
    while host.last == UInt8(ascii: ".") { host.removeLast() }
    var lower = host.map { (65...90).contains($0) ? $0 | 0x20 : $0 }
    if lower.starts(with: "www.".utf8), lower.count > 4 { lower.removeFirst(4) }
    return lower.isEmpty ? nil : lower
  }
}
