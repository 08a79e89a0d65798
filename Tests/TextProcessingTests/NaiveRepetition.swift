// The plain twin of the filters' line scan and n-gram counts: strings and dictionaries, as datatrove's Python does it.

enum NaiveRepetition {
  /// Elements equal to an earlier one, and their characters.
  static func duplicates(_ elements: [[Unicode.Scalar]]) -> (elements: Int, characters: Int) {
    var seen: Set<[Unicode.Scalar]> = []
    var found = (elements: 0, characters: 0)
    for element in elements where !seen.insert(element).inserted {
      found.elements += 1
      found.characters += element.count
    }
    return found
  }

  /// Characters of the most frequent n-gram with spaces between its words, times its count; ties go to the first.
  static func topGram(_ words: [String], _ n: Int) -> Int {
    guard words.count >= n else { return 0 }
    var counts: [String: Int] = [:]
    var order: [String] = []
    for start in 0...(words.count - n) {
      let gram = words[start..<(start + n)].joined(separator: " ")
      if counts[gram] == nil { order.append(gram) }
      counts[gram, default: 0] += 1
    }
    let most = counts.values.max() ?? 0
    let first = order.first { counts[$0] == most } ?? ""
    return first.unicodeScalars.count * most
  }

  /// Characters of n-grams that occurred before, from left to right without overlap.
  static func duplicateGrams(_ words: [String], _ n: Int) -> Int {
    var seen: Set<[String]> = []
    var found = 0
    var index = 0
    while index + n <= words.count {
      let gram = Array(words[index..<(index + n)])
      if seen.insert(gram).inserted {
        index += 1
      } else {
        found += gram.reduce(0) { $0 + $1.unicodeScalars.count }
        index += n
      }
    }
    return found
  }

  /// `text` cut at line ends.
  static func lines(_ text: String) -> [[Unicode.Scalar]] {
    text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(Array.init)
  }

  /// Stretches of lines that are not empty, with the line ends between them.
  static func paragraphs(_ text: String) -> [[Unicode.Scalar]] {
    lines(text).split(whereSeparator: \.isEmpty).map { Array($0.joined(separator: ["\n"])) }
  }
}
