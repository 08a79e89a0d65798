// Numbers as a reader wants them: 12,345,678 in tables, 12.3 MB in prose. No locale, so that a report is the same anywhere.

/// Formatting of counts, sizes, shares and times.
enum Quantity {
  /// `1234567` → `1,234,567`.
  static func count(_ value: Int) -> String {
    let digits = Array(String(value.magnitude).utf8)
    var result = value < 0 ? "−" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { result += "," }
      result.unicodeScalars.append(Unicode.Scalar(digit))
    }
    return result
  }

  /// `12_345_678` → `12.3 million`; below 100,000 the number itself.
  static func roundCount(_ value: Int) -> String {
    let size = Double(value.magnitude)
    let sign = value < 0 ? "−" : ""
    for (scale, word) in [(1e12, "trillion"), (1e9, "billion"), (1e6, "million")] where size >= scale * 0.9995 {
      return sign + threeDigits(size / scale) + " " + word
    }
    return size >= 100_000 ? sign + threeDigits(size / 1e3) + " thousand" : count(value)
  }

  /// `12_345_678` → `12.3 MB`, in powers of 1000.
  static func bytes(_ value: Int) -> String { bytes(Double(value)) }

  static func bytes(_ value: Double) -> String {
    for (scale, unit) in [(1e18, "EB"), (1e15, "PB"), (1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")]
    where value.magnitude >= scale * 0.9995 {
      return threeDigits(value / scale) + " " + unit
    }
    return decimal(value, places: 0) + " B"
  }

  /// `0.1234` → `12.3%`; small shares keep two digits down to 0.0001%.
  static func percent(_ share: Double) -> String {
    let value = share * 100
    switch value.magnitude {
    case 0: return "0%"
    case 99.95...: return decimal(value, places: value == 100 ? 0 : 1) + "%"
    case 0.995...: return decimal(value, places: 1) + "%"
    case 0.0995...: return decimal(value, places: 2) + "%"
    case 0.00995...: return decimal(value, places: 3) + "%"
    case 0.0001...: return decimal(value, places: 4) + "%"
    default: return value.isFinite ? "<0.0001%" : "–"
    }
  }

  /// `3725` → `1 h 2 min`.
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e12 else { return "–" }
    if seconds < 10 { return decimal(seconds, places: 1) + " s" }
    let whole = Int(seconds.rounded())
    switch whole {
    case ..<60: return "\(whole) s"
    case ..<3600: return "\(whole / 60) min \(whole % 60) s"
    default: return count(whole / 3600) + " h \(whole % 3600 / 60) min"
    }
  }

  /// A measured value with as many places as it needs: `0.35`, `4.1`, `1,024`.
  static func measure(_ value: Double) -> String {
    switch value.magnitude {
    case 1000...: return decimal(value, places: 0)
    case 10...: return trimmed(decimal(value, places: 1))
    case 0.1...: return trimmed(decimal(value, places: 2))
    default: return trimmed(decimal(value, places: 4))
    }
  }

  /// `places` decimals, rounded half away from zero, with thousands separators; `–` when there is no such number.
  static func decimal(_ value: Double, places: Int) -> String {
    var scale = 1
    for _ in 0..<min(max(places, 0), 9) { scale *= 10 }
    guard value.isFinite, value.magnitude < 9e17 / Double(scale) else { return "–" }
    let scaled = Int((value.magnitude * Double(scale)).rounded())
    let sign = value < 0 && scaled > 0 ? "−" : ""
    guard scale > 1 else { return sign + count(scaled) }
    let fraction = String(scaled % scale)
    return sign + count(scaled / scale) + "." + String(repeating: "0", count: places - fraction.utf8.count) + fraction
  }

  private static func trimmed(_ text: String) -> String {
    guard text.contains(".") else { return text }
    var result = Substring(text)
    while result.hasSuffix("0") { result.removeLast() }
    if result.hasSuffix(".") { result.removeLast() }
    return String(result)
  }

  private static func threeDigits(_ value: Double) -> String {
    let size = value.magnitude
    return decimal(value, places: size < 9.995 ? 2 : size < 99.95 ? 1 : 0)
  }
}
