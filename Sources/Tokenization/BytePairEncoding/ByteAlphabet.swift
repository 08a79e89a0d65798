// GPT-2's printable stand-ins for bytes: 188 bytes stand for their own code point, the other 68 for U+0100 onwards.
// Token strings in tokenizer files are written in this alphabet.

enum ByteAlphabet {
  /// Code point by byte.
  static let scalars: [UInt32] = {
    var table = [UInt32](repeating: 0, count: 256)
    var next: UInt32 = 0x100
    for byte in 0..<256 {
      let printable = (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || (0xAE...0xFF).contains(byte)
      table[byte] = printable ? UInt32(byte) : next
      if !printable { next += 1 }
    }
    return table
  }()

  /// Byte by code point below 0x144; -1 where none maps.
  private static let bytes: [Int16] = {
    var table = [Int16](repeating: -1, count: 0x144)
    for (byte, scalar) in scalars.enumerated() { table[Int(scalar)] = Int16(byte) }
    return table
  }()

  /// The same table for hot loops: allocated once, never written again, never freed. 0x144 entries.
  nonisolated(unsafe) static let table: UnsafePointer<Int16> = {
    let memory = UnsafeMutablePointer<Int16>.allocate(capacity: bytes.count)
    memory.initialize(from: bytes, count: bytes.count)
    return UnsafePointer(memory)
  }()

  /// All bytes in the order of their code points: the order in which trainers number them.
  static let sortedBytes: [UInt8] = (0..<256).map { UInt8($0) }.sorted { scalars[Int($0)] < scalars[Int($1)] }

  /// `bytes` written in the alphabet, as UTF-8.
  static func spell(_ bytes: some Collection<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 2)
    for byte in bytes {
      let scalar = scalars[Int(byte)]
      if scalar < 0x80 {
        text.append(UInt8(scalar))
      } else {
        text.append(UInt8(0xC0 | scalar >> 6))
        text.append(UInt8(0x80 | scalar & 0x3F))
      }
    }
    return text
  }

  /// The bytes that `text` (UTF-8) spells, or nil when it holds a character outside of the alphabet.
  static func bytes(spelledBy text: [UInt8]) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var at = 0
    while at < text.count {
      let first = text[at]
      var scalar = Int(first)
      at += 1
      if first >= 0x80 {
        guard first >= 0xC2, first < 0xE0, at < text.count, text[at] & 0xC0 == 0x80 else { return nil }
        scalar = Int(first & 0x1F) << 6 | Int(text[at] & 0x3F)
        at += 1
      }
      guard scalar < bytes.count, bytes[scalar] >= 0 else { return nil }
      result.append(UInt8(bytes[scalar]))
    }
    return result
  }
}
