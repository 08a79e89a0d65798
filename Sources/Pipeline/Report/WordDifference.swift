// Two texts side by side, with the words that differ marked: a longest common subsequence over words.

/// Marks what two texts do not share.
enum WordDifference {
  /// Both texts as escaped HTML; words outside the longest common subsequence stand in `<mark>`.
  ///
  /// Time and memory grow with the product of the word counts, so callers cut the texts first (600 scalars: 360,000 cells).
  static func marked(_ left: String, _ right: String) -> (left: String, right: String) {
    let a = words(of: left)
    let b = words(of: right)
    let (commonA, commonB) = commonWords(a, b)
    return (markup(a, common: commonA), markup(b, common: commonB))
  }

  /// Runs of letters, single ideographs, and everything between, so that joining them gives the text back.
  static func words(of text: String) -> [String] {
    var result: [String] = []
    var current = String.UnicodeScalarView()
    var currentIsWord = false
    for scalar in text.unicodeScalars {
      let isWord = !scalar.properties.isWhitespace
      let isIdeograph = scalar.properties.isIdeographic
      if !current.isEmpty, isWord != currentIsWord || isIdeograph {
        result.append(String(current))
        current = String.UnicodeScalarView()
      }
      current.append(scalar)
      currentIsWord = isWord
    }
    if !current.isEmpty { result.append(String(current)) }
    return result
  }

  private static func commonWords(_ a: [String], _ b: [String]) -> ([Bool], [Bool]) {
    // length[i][j]: longest common subsequence of a[i...] and b[j...]; at most 65,535 because texts are cut.
    let width = b.count + 1
    var length = [Int32](repeating: 0, count: (a.count + 1) * width)
    for i in a.indices.reversed() {
      for j in b.indices.reversed() {
        length[i * width + j] =
          a[i] == b[j]
          ? length[(i + 1) * width + j + 1] + 1
          : max(length[(i + 1) * width + j], length[i * width + j + 1])
      }
    }
    var commonA = [Bool](repeating: false, count: a.count)
    var commonB = [Bool](repeating: false, count: b.count)
    var i = 0
    var j = 0
    while i < a.count, j < b.count {
      if a[i] == b[j] {
        commonA[i] = true
        commonB[j] = true
        i += 1
        j += 1
      } else if length[(i + 1) * width + j] >= length[i * width + j + 1] {
        i += 1
      } else {
        j += 1
      }
    }
    return (commonA, commonB)
  }

  /// White space between two marked words is marked with them, so that a changed phrase is one mark.
  private static func markup(_ words: [String], common: [Bool]) -> String {
    var result = ""
    var open = false
    for (index, word) in words.enumerated() {
      let isSpace = word.unicodeScalars.allSatisfy(\.properties.isWhitespace)
      let nextDiffers = index + 1 < words.count && !common[index + 1]
      let marks = isSpace ? open && nextDiffers : !common[index]
      if marks != open { result += marks ? "<mark>" : "</mark>" }
      open = marks
      result += HTMLText.escaped(word)
    }
    return open ? result + "</mark>" : result
  }
}
