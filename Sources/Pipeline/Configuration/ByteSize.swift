// Sizes as people write them: 64K 16M 8G 1T, binary units.

public enum ByteSize {
  /// The bytes that `text` names, or nil: digits, then nothing or one of K M G T (1024 and its powers; `KiB` … `TiB`
  /// mean the same, and case does not matter). Nil too for what exceeds Int64.
  public static func bytes(_ text: String) -> Int? {
    var digits = Substring(text)
    if digits.lowercased().hasSuffix("ib"), digits.count > 3 { digits = digits.dropLast(2) }
    var shift = 0
    if let unit = digits.utf8.last, let power = power(of: unit) {
      shift = 10 * power
      digits = digits.dropLast()
    } else if digits.count != text.count {
      return nil
    }
    guard let count = ConfigurationNumber.integer(String(digits)), count >= 0 else { return nil }
    let (product, overflow) = count.multipliedReportingOverflow(by: 1 << shift)
    return overflow ? nil : product
  }

  /// The shortest spelling that `bytes` reads back: 16777216 is `16M`, 1000 is `1000`.
  public static func text(_ byteCount: Int) -> String {
    for (unit, shift) in [("T", 40), ("G", 30), ("M", 20), ("K", 10)]
    where byteCount > 0 && byteCount.isMultiple(of: 1 << shift) {
      return "\(byteCount >> shift)\(unit)"
    }
    return String(byteCount)
  }

  private static func power(of unit: UInt8) -> Int? {
    switch unit | 0x20 {
    case UInt8(ascii: "k"): 1
    case UInt8(ascii: "m"): 2
    case UInt8(ascii: "g"): 3
    case UInt8(ascii: "t"): 4
    default: nil
    }
  }
}
