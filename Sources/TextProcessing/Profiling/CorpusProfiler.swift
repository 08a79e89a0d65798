// Profiles documents one after another: one look at each character. One thread uses one.
import CorpusCore

public struct CorpusProfiler {
  /// How many items of a kind a part's profile has.
  public struct Capacities: Sendable {
    public var lines: Int
    public var phrases: Int
    public var hosts: Int

    /// For profiles that stay in memory until they are merged.
    public static let whole = Capacities(
      lines: CorpusProfile.lineCapacity, phrases: CorpusProfile.phraseCapacity, hosts: CorpusProfile.hostCapacity)
    /// For profiles of which there may be millions: some kB a language.
    public static let unit = Capacities(lines: 24, phrases: 40, hosts: 40)
  }

  private struct Tally {
    var profile = LanguageProfile()
    var scripts = [Int](repeating: 0, count: WritingSystem.names.count)
    var lines = ItemCounter(limit: 1 << 13)
    var phrases = ItemCounter(limit: 1 << 15)
  }

  private static let minimumLine = 12
  private static let maximumLine = 160
  private static let maximumWord = 64
  private static let wordsOfPhrase = 3
  private static let charactersOfPhrase = 6

  private var tallies: [Language: Tally] = [:]
  private var hosts = ItemCounter(limit: 1 << 13)
  private var sources = ItemCounter(limit: 1 << 13)
  private var phrase: [UInt8] = []

  public init() {}

  /// Takes in one document. O(bytes).
  public mutating func add(_ text: Span<UInt8>, language: Language, address: [UInt8]? = nil, source: [UInt8]? = nil) {
    var tally = tallies.removeValue(forKey: language) ?? Tally()
    tally.profile.documents += 1
    tally.profile.bytes += text.count
    tally.profile.lengths.add(text.count)
    text.withUnsafeBufferPointer { scan($0, into: &tally) }
    tallies[language] = tally
    if let host = address.flatMap(Self.host) { Self.count(host[...], in: &hosts) }
    if let source, !source.isEmpty { Self.count(Self.clipped(source[...], to: 100), in: &sources) }
  }

  /// What was seen so far; the profiler is empty afterwards.
  public mutating func finish(_ capacities: Capacities = .whole) -> CorpusProfile {
    var result = CorpusProfile()
    for (language, seen) in tallies {
      var tally = seen
      for (slot, count) in tally.scripts.enumerated() where count > 0 {
        tally.profile.scripts[WritingSystem.names[slot]] = count
      }
      tally.profile.lines = tally.lines.summary(capacity: capacities.lines)
      tally.profile.phrases = tally.phrases.summary(capacity: capacities.phrases)
      result.languages[language.code] = tally.profile
    }
    result.hosts = hosts.summary(capacity: capacities.hosts)
    result.sources = sources.summary(capacity: capacities.hosts)
    self = CorpusProfiler()
    return result
  }

  /// The host of an address, in lower case and without `www.`; nil when there is none.
  static func host(of address: [UInt8]) -> [UInt8]? {
    guard let colon = address.prefix(12).firstIndex(of: UInt8(ascii: ":")), colon + 2 < address.count,
      address[colon + 1] == UInt8(ascii: "/"), address[colon + 2] == UInt8(ascii: "/")
    else { return nil }
    var rest = address[(colon + 3)...]
    rest = rest.prefix { byte in
      switch byte {
      case 0...0x20, 0x7F, UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "\\"): false
      default: true
      }
    }
    if let user = rest.lastIndex(of: UInt8(ascii: "@")) { rest = rest[(user + 1)...] }
    if let port = rest.lastIndex(of: UInt8(ascii: ":")), rest[(port + 1)...].allSatisfy({ (48...57).contains($0) }) {
      rest = rest[..<port]
    }
    var host = rest.map { (65...90).contains($0) ? $0 + 32 : $0 }
    if host.starts(with: "www.".utf8) { host.removeFirst(4) }
    return host.isEmpty || host.count > 253 ? nil : host
  }

  /// The first `limit` bytes, less what would be a part of a character.
  static func clipped(_ bytes: ArraySlice<UInt8>, to limit: Int) -> ArraySlice<UInt8> {
    guard bytes.count > limit else { return bytes }
    var end = bytes.startIndex + limit
    while end > bytes.startIndex, bytes[end] & 0xC0 == 0x80 { end -= 1 }
    return bytes[..<end]
  }

  private static func count(_ item: ArraySlice<UInt8>, in counter: inout ItemCounter) {
    item.withUnsafeBytes { counter.add($0, hash: hash64($0)) }
  }

  /// Invariant: all ranges lie in `text`.
  private mutating func scan(_ text: UnsafeBufferPointer<UInt8>, into tally: inout Tally) {
    guard let bytes = text.baseAddress else { return }
    let table = CharacterTable.shared
    var words = RecentWords()
    var at = 0
    var lineStart = 0
    var wordStart = -1
    while at < text.count {
      let character = decodeCharacter(bytes, at, text.count)
      let properties = table.properties(character.value)
      let next = at + character.length
      var isWord = false
      if properties & CharacterTable.letter != 0 {
        let slot = WritingSystem.slot(ofLetter: character.value)
        tally.scripts[slot] += 1
        if slot == WritingSystem.han || slot == WritingSystem.kana || slot == 16 || slot == 17 || slot == 23 {
          if wordStart >= 0 { addWord(text, wordStart..<at, &words, &tally) }
          wordStart = -1
          words.append(at..<next, isCharacter: true)
          addPhrase(text, words, &tally)
          at = next
          continue
        }
        isWord = true
      } else if properties & CharacterTable.number != 0 {
        tally.scripts[WritingSystem.digits] += 1
        isWord = true
      } else {
        tally.scripts[properties & CharacterTable.space != 0 ? WritingSystem.space : WritingSystem.symbols] += 1
      }
      if isWord {
        if wordStart < 0 { wordStart = at }
      } else if wordStart >= 0 {
        addWord(text, wordStart..<at, &words, &tally)
        wordStart = -1
      }
      if character.value == 10 {
        addLine(text, lineStart..<at, &tally)
        lineStart = next
        words.removeAll()
      }
      at = next
    }
    if wordStart >= 0 { addWord(text, wordStart..<at, &words, &tally) }
    addLine(text, lineStart..<at, &tally)
  }

  private mutating func addWord(
    _ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ words: inout RecentWords, _ tally: inout Tally
  ) {
    // Nobody reads a phrase with such a word.
    guard range.count <= Self.maximumWord else { return words.removeAll() }
    words.append(range, isCharacter: false)
    addPhrase(text, words, &tally)
  }

  /// Counts the phrase that the last word completes, where it does: its words with one space between them.
  private mutating func addPhrase(_ text: UnsafeBufferPointer<UInt8>, _ words: RecentWords, _ tally: inout Tally) {
    let needed = words.isCharacters ? Self.charactersOfPhrase : Self.wordsOfPhrase
    guard words.count >= needed else { return }
    if words.isCharacters || (1..<needed).allSatisfy({ Self.isOneSpace(text, words[$0], words[$0 - 1]) }) {
      let place = words[needed - 1].lowerBound..<words[0].upperBound
      let bytes = UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: text[place]))
      tally.phrases.add(bytes, hash: hash64(bytes))
      return
    }
    phrase.removeAll(keepingCapacity: true)
    for back in (0..<needed).reversed() {
      if !phrase.isEmpty { phrase.append(0x20) }
      phrase.append(contentsOf: UnsafeBufferPointer(rebasing: text[words[back]]))
    }
    phrase.withUnsafeBytes { tally.phrases.add($0, hash: hash64($0)) }
  }

  /// Whether nothing but one space stands between two words.
  private static func isOneSpace(
    _ text: UnsafeBufferPointer<UInt8>, _ before: Range<Int>, _ after: Range<Int>
  ) -> Bool {
    after.lowerBound - before.upperBound == 1 && text[before.upperBound] == 0x20
  }

  private func addLine(_ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ tally: inout Tally) {
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end, text[start] <= 0x20 { start += 1 }
    while end > start, text[end - 1] <= 0x20 { end -= 1 }
    guard end - start >= Self.minimumLine else { return }
    if end - start > Self.maximumLine {
      end = start + Self.maximumLine
      while end > start, text[end] & 0xC0 == 0x80 { end -= 1 }
    }
    let line = UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: text[start..<end]))
    tally.lines.add(line, hash: hash64(line))
  }
}

/// The last words of a line, as many as a phrase needs: words proper, or adjacent characters, never both.
private struct RecentWords {
  private var ranges: InlineArray<8, Range<Int>> = InlineArray(repeating: 0..<0)
  private var next = 0
  private(set) var count = 0
  private(set) var isCharacters = false

  mutating func append(_ range: Range<Int>, isCharacter: Bool) {
    if isCharacter != isCharacters { count = 0 }
    if isCharacter, count > 0, self[0].upperBound != range.lowerBound { count = 0 }
    isCharacters = isCharacter
    ranges[next & 7] = range
    next += 1
    count = min(count + 1, 8)
  }

  /// The word `back` before the last. Invariant: `back < count`.
  subscript(back: Int) -> Range<Int> { ranges[(next - 1 - back) & 7] }

  mutating func removeAll() { count = 0 }
}
