// "did you mean …?": the right name nearest to a wrong one, by optimal string alignment (Damerau 1964, restricted),
// or by being cut short (`vocab_size` for `vocabulary_size`).

public enum NearestName {
  /// One edit for each three letters of the longer name, and no more than this.
  static let maximumEditCount = 3
  /// Names here are short; longer strangers are not worth a quadratic comparison.
  static let maximumLength = 64

  /// The candidate within 3 edits that needs the fewest, else one that `name` abbreviates or that abbreviates `name`;
  /// the first of equals. nil when none is near: a wrong guess costs more than none. O(candidates · length²).
  public static func nearest(to name: String, among candidates: [String]) -> String? {
    guard !name.isEmpty, name.utf8.count <= maximumLength else { return nil }
    let folded = name.lowercased().map { $0 == "-" || $0 == " " ? "_" : $0 }
    var best: (candidate: String, edits: Int)?
    for candidate in candidates {
      let letters = candidate.map { $0 == "-" ? "_" : $0 }
      let edits = editCount(folded, letters)
      // Of short names, such as codes of languages, more than half the letters must be there.
      let longer = max(folded.count, letters.count)
      guard edits <= max(1, min(maximumEditCount, longer / 3)), (longer - edits) * 2 > longer else { continue }
      if edits < best?.edits ?? Int.max { best = (candidate, edits) }
    }
    if let best { return best.candidate }
    let short = String(folded)
    return candidates.first {
      let candidate = $0.replacing("-", with: "_")
      return isAbbreviation(short, of: candidate) || isAbbreviation(candidate, of: short)
    }
  }

  /// Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`.
  static func editCount(_ a: [Character], _ b: [Character]) -> Int {
    var twoAgo = [Int](repeating: 0, count: b.count + 1)
    var previous = Array(0...b.count)
    for i in 0..<a.count {
      var current = [i + 1]
      current.reserveCapacity(b.count + 1)
      for j in 0..<b.count {
        var cost = min(previous[j] + (a[i] == b[j] ? 0 : 1), previous[j + 1] + 1, current[j] + 1)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, twoAgo[j - 1] + 1) }
        current.append(cost)
      }
      (twoAgo, previous) = (previous, current)
    }
    return previous[b.count]
  }

  /// Whether every word of `short` begins the word of `long` at the same place: `min_words` → `minimum_words_x`.
  private static func isAbbreviation(_ short: String, of long: String) -> Bool {
    let shortWords = short.split(separator: "_")
    let longWords = long.split(separator: "_")
    guard let first = shortWords.first, first.count >= 3, shortWords.count <= longWords.count else { return false }
    return zip(shortWords, longWords).allSatisfy { $1.hasPrefix($0) }
  }
}
