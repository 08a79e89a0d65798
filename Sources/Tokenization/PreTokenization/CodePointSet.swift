// Sets of code points as sorted ranges: what classes of regular expressions mean.

/// A set of code points; ranges ascend and do not touch.
struct CodePointSet: Equatable {
  private(set) var ranges: [ClosedRange<UInt32>]

  static let whiteSpace = CodePointSet(
    [9...13, 0x85...0x85] + CodePointSet.category("Z").ranges)
  static let lastCodePoint: UInt32 = 0x10FFFF

  /// The union of `parts`, in any order. O(n log n).
  init(_ parts: [ClosedRange<UInt32>] = []) {
    ranges = []
    for part in parts.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = ranges.last, part.lowerBound <= last.upperBound + 1 {
        ranges[ranges.count - 1] = last.lowerBound...max(last.upperBound, part.upperBound)
      } else {
        ranges.append(part)
      }
    }
  }

  var complement: CodePointSet {
    var result = CodePointSet()
    var next: UInt32 = 0
    for range in ranges {
      if range.lowerBound > next { result.ranges.append(next...range.lowerBound - 1) }
      next = range.upperBound + 1
    }
    if next <= Self.lastCodePoint { result.ranges.append(next...Self.lastCodePoint) }
    return result
  }

  func union(_ other: CodePointSet) -> CodePointSet { CodePointSet(ranges + other.ranges) }
  func subtracting(_ other: CodePointSet) -> CodePointSet { complement.union(other).complement }

  /// Names of general categories in the order of `xylem_category`.
  private static let names = [
    "Cn", "Cc", "Cf", "Cs", "Co", "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps",
    "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp",
  ]

  /// Whether `name` is a general category, or the letter that several begin with.
  static func isCategory(_ name: String) -> Bool { names.contains { $0 == name || $0.prefix(1) == name } }

  /// The code points of a general category, or of all whose names begin with a letter.
  static func category(_ name: String) -> CodePointSet {
    let wanted = names.map { $0 == name || $0.prefix(1) == name }
    return CodePointSet(UnicodeCategories.ranges.filter { wanted[Int($0.category)] }.map { $0.first...$0.last })
  }
}
