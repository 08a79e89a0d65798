// Learns a small n-gram model of characters from text and writes it in ARPA form, so that other programs read it too.
// Smoothing: Witten and Bell 1991 (method C), interpolated: it needs no counts of counts, which characters do not have in
// the shape that Kneser-Ney asks for.
import Glibc

/// Trains models of characters, folded (lower-cased, numbers as 0); white space is U+2581.
public struct CharacterModelTrainer: Sendable {
  /// Characters of the longest n-grams, 2 to 5.
  public var order = 5
  /// N-grams of a model at most: of those longer than one character, the ones that occur most often stay. 200,000 take
  /// about 5 MB in memory and 1 MB on disk.
  public var maximumNGrams = 200_000

  public init() {}

  /// Characters beyond the most frequent of this many are `<unk>`: five numbers fit into 60 bits.
  static let maximumCharacters = 4000
  private static let bits: UInt64 = 12
  private static let unknown: UInt64 = 1
  private static let begin: UInt64 = 2
  private static let end: UInt64 = 3
  private static let firstCharacter: UInt64 = 4

  /// The lines of an ARPA file; the same texts in the same order give the same bytes. nil for texts without a letter.
  /// O(n log n) for n characters, about 100 bytes of memory each.
  public func train(_ texts: [[UInt8]]) -> [UInt8]? {
    let lines = texts.flatMap { Self.lines($0) }
    let characters = Self.alphabet(lines)
    guard !characters.isEmpty else { return nil }
    let numbers = Dictionary(
      uniqueKeysWithValues: characters.enumerated().map { ($1, UInt64($0) + Self.firstCharacter) })
    let sentences = lines.map { line in
      [Self.begin] + line.map { numbers[$0] ?? Self.unknown } + [Self.end]
    }
    let order = min(max(order, 2), NGramModel.maximumOrder)
    var counts: [CountedGrams] = []
    for length in 1...order { counts.append(CountedGrams(sentences, length: length, bits: Self.bits)) }
    let least = leastCount(counts)
    var levels = [Self.unigrams(counts[0], characters: characters.count)]
    for length in 2...order {
      let level = Self.extended(&levels[length - 2], by: counts[length - 1], least: least)
      levels.append(level)
    }
    return Self.arpa(levels, characters: characters)
  }

  /// The sentences of a text as folded characters, white space as one; what ARPA files cannot spell is left out.
  private static func lines(_ text: [UInt8]) -> [[UInt32]] {
    let table = CharacterTable.shared
    var lines: [[UInt32]] = []
    for line in String(decoding: text, as: UTF8.self).unicodeScalars.split(separator: "\n") {
      var made: [UInt32] = []
      for scalar in line {
        let properties = table.properties(scalar.value)
        if properties & CharacterTable.space != 0 {
          if let last = made.last, last != NGramUnits.space { made.append(NGramUnits.space) }
        } else if scalar.value > 0x20, scalar.value != 0x7F, scalar.value != 0xFFFD {
          made.append(table.folded(scalar.value, properties))
        }
      }
      if made.last == NGramUnits.space { made.removeLast() }
      if !made.isEmpty { lines.append(made) }
    }
    return lines
  }

  /// The characters that occur more than once, the most frequent first; of equal ones the lower first.
  private static func alphabet(_ lines: [[UInt32]]) -> [UInt32] {
    var counts: [UInt32: Int] = [:]
    for line in lines {
      for character in line { counts[character, default: 0] += 1 }
    }
    let frequent = counts.filter { $0.value > 1 }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    return frequent.prefix(maximumCharacters).map(\.key)
  }

  /// How often an n-gram of two and more must occur so that all that do are at most `maximumNGrams`.
  private func leastCount(_ counts: [CountedGrams]) -> Int {
    var histogram = [Int](repeating: 0, count: 1 << 12)
    for level in counts.dropFirst() {
      for count in level.counts { histogram[min(count, histogram.count - 1)] += 1 }
    }
    var left = max(0, maximumNGrams - counts[0].grams.count)
    var least = histogram.count
    while least > 1, histogram[least - 1] <= left {
      least -= 1
      left -= histogram[least]
    }
    return least
  }

  /// The n-grams of one length that stay, in order, with their weights.
  private struct Level {
    var grams: [UInt64] = []
    var probabilities: [Double] = []
    var backoffs: [Double] = []

    func index(of gram: UInt64) -> Int? {
      var (low, high) = (0, grams.count)
      while low < high {
        let middle = (low + high) / 2
        if grams[middle] < gram { low = middle + 1 } else { high = middle }
      }
      return low < grams.count && grams[low] == gram ? low : nil
    }
  }

  /// P(w) = (c(w) + T / V) / (N + T), T distinct tokens of N, V tokens in all.
  private static func unigrams(_ counts: CountedGrams, characters: Int) -> Level {
    var level = Level()
    level.grams = [unknown, begin, end] + (0..<UInt64(characters)).map { $0 + firstCharacter }
    level.backoffs = [Double](repeating: 1, count: level.grams.count)
    let found = Dictionary(uniqueKeysWithValues: zip(counts.grams, counts.counts))
    let distinct = Double(found.keys.filter { $0 != begin }.count)
    let total = Double(found.reduce(0) { $1.key == begin ? $0 : $0 + $1.value })
    // Every token but <s> gets a share of what was seen once for the first time.
    let share = distinct / Double(level.grams.count - 1)
    level.probabilities = level.grams.map { gram in
      gram == begin ? 0 : (Double(found[gram] ?? 0) + share) / (total + distinct)
    }
    return level
  }

  /// The n-grams of one token more, and the back-off weights of those in `below`: what a context's n-grams leave of 1, over
  /// what the shorter ones leave. `counts` are sorted, so the n-grams of a context stand together; the end of each that
  /// stays is in `below`, since it occurs at least as often.
  private static func extended(_ below: inout Level, by counts: CountedGrams, least: Int) -> Level {
    var level = Level()
    let tail = (UInt64(1) << (bits * UInt64(counts.length - 1))) - 1
    var start = 0
    while start < counts.grams.count {
      let context = counts.grams[start] >> bits
      var end = start
      while end < counts.grams.count, counts.grams[end] >> bits == context { end += 1 }
      let total = Double(counts.counts[start..<end].reduce(0, +))
      let distinct = Double(end - start)
      var (taken, takenBelow) = (0.0, 0.0)
      for index in start..<end where counts.counts[index] >= least {
        guard let shorter = below.index(of: counts.grams[index] & tail) else { continue }
        let lower = below.probabilities[shorter]
        let probability = (Double(counts.counts[index]) + distinct * lower) / (total + distinct)
        level.grams.append(counts.grams[index])
        level.probabilities.append(probability)
        level.backoffs.append(1)
        taken += probability
        takenBelow += lower
      }
      if taken > 0, let place = below.index(of: context) {
        below.backoffs[place] = max(1 - taken, 1e-9) / max(1 - takenBelow, 1e-9)
      }
      start = end
    }
    return level
  }

  private static func arpa(_ levels: [Level], characters: [UInt32]) -> [UInt8] {
    let names = [Array("<unk>".utf8), Array("<s>".utf8), Array("</s>".utf8)]
    let spellings =
      names
      + characters.map { character in
        var bytes: [UInt8] = []
        appendUTF8(character, to: &bytes)
        return bytes
      }
    var text = Array("# xylem: characters folded\n\\data\\\n".utf8)
    for (index, level) in levels.enumerated() {
      text.append(contentsOf: "ngram \(index + 1)=\(level.grams.count)\n".utf8)
    }
    for (index, level) in levels.enumerated() {
      text.append(contentsOf: "\n\\\(index + 1)-grams:\n".utf8)
      for (place, gram) in level.grams.enumerated() {
        // What is not predicted has the probability that others write for it.
        append(level.probabilities[place] > 0 ? log10(level.probabilities[place]) : -99, to: &text)
        for position in (0...index).reversed() {
          text.append(position == index ? 0x09 : 0x20)
          let number = gram >> (bits * UInt64(position)) & (1 << bits - 1)
          text.append(contentsOf: spellings[Int(number) - 1])
        }
        if index + 1 < levels.count {
          text.append(0x09)
          append(log10(level.backoffs[place]), to: &text)
        }
        text.append(0x0A)
      }
    }
    text.append(contentsOf: "\n\\end\\\n".utf8)
    return text
  }

  /// Six decimals, without those that are 0 at the end.
  private static func append(_ value: Double, to text: inout [UInt8]) {
    var millionths = Int((value * 1e6).rounded())
    if millionths < 0 {
      text.append(UInt8(ascii: "-"))
      millionths = -millionths
    }
    text.append(contentsOf: String(millionths / 1_000_000).utf8)
    var left = millionths % 1_000_000
    guard left > 0 else { return }
    text.append(UInt8(ascii: "."))
    var unit = 100_000
    while left > 0 {
      text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: left / unit))
      left %= unit
      unit /= 10
    }
  }
}

/// How often each n-gram of a length occurs: in order of the n-grams, of which each is its numbers end to end.
private struct CountedGrams {
  let length: Int
  private(set) var grams: [UInt64] = []
  private(set) var counts: [Int] = []

  init(_ sentences: [[UInt64]], length: Int, bits: UInt64) {
    self.length = length
    let mask = UInt64(1) << (bits * UInt64(length)) - 1
    var all: [UInt64] = []
    all.reserveCapacity(sentences.reduce(0) { $0 + max(0, $1.count - length + 1) })
    for sentence in sentences where sentence.count >= length {
      var gram: UInt64 = 0
      for (index, number) in sentence.enumerated() {
        gram = (gram << bits | number) & mask
        if index + 1 >= length { all.append(gram) }
      }
    }
    all.sort()
    for gram in all {
      if gram == grams.last {
        counts[counts.count - 1] += 1
      } else {
        grams.append(gram)
        counts.append(1)
      }
    }
  }
}
