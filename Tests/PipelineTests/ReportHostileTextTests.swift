// Whatever a corpus says, it stays text: the page has the same tags as with harmless words.

import Foundation
import Testing

@testable import Pipeline

@Suite struct ReportHostileTextTests {
  static let attacks = [
    "<script>alert(1)</script>", "\"><svg onload=alert(1)>", "' onmouseover='alert(1)", "]]></title></style><b>",
    "{{title}}{{{title}}}{{> x}}", "<!--", "-->", "&lt;b&gt;&#60;", "\u{202E}txet desrever\u{2066}",
    "a\0b\u{1}\u{7F}\u{85}",
    // A combining mark makes one character of a quote and itself: escaping by character would miss it.
    "\"\u{301}onmouseover=alert(1) x=\"\u{301}", "<\u{338}img src=x>", "'\u{20DD}", "&\u{FE0F}lt;", "\r\n\r\u{2028}",
    String(repeating: "long", count: 1_000), "a" + String(repeating: "\u{301}", count: 2_000),
    // U+FFFE and U+FDD0, which a literal may not hold.
    String(decoding: [0xEF, 0xBF, 0xBE, 0xEF, 0xB7, 0x90] as [UInt8], as: UTF8.self),
    "javascript:alert(1)", "<a href=\"https://example.org\">", "ﷺ\u{200F}<b>",
  ]

  static let benign = (try? ReportRendererTests.html(report("plain"))) ?? ""

  /// The sample with every text led by `attack`.
  static func report(_ attack: String) -> ReportData {
    var data = ReportSample.make()
    // Few of each kind: every place where a text stands occurs, and the tests stay quick.
    data.languages = Array(data.languages.prefix(4))
    data.filters = Array(data.filters.prefix(3))
    data.name = attack + data.name
    data.version = attack
    func keys(_ counts: [String: Int]) -> [String: Int] {
      Dictionary(counts.map { (attack + $0.key, $0.value) }, uniquingKeysWith: +)
    }
    data.ledger.removed = keys(data.ledger.removed)
    data.redactions = keys(data.redactions)
    data.normalization = keys(data.normalization)
    data.lineRules = keys(data.lineRules)
    for index in data.stages.indices { data.stages[index].name = attack + data.stages[index].name }
    for index in data.languages.indices {
      data.languages[index].code = attack + data.languages[index].code
      data.languages[index].name = attack + data.languages[index].name
      data.languages[index].script = attack + data.languages[index].script
      data.languages[index].removed = keys(data.languages[index].removed)
    }
    for index in data.filters.indices {
      data.filters[index].name = attack + data.filters[index].name
      data.filters[index].language = attack + data.filters[index].language
    }
    for index in data.duplicates.pairs.indices {
      data.duplicates.pairs[index].language = attack
      data.duplicates.pairs[index].keptId = attack
      data.duplicates.pairs[index].removedId = attack
      data.duplicates.pairs[index].keptText = attack + " same words"
      data.duplicates.pairs[index].removedText = attack + " other words"
    }
    if var lines = data.repeatedLines {
      lines.unit = attack
      for index in lines.languages.indices { lines.languages[index].code = attack + lines.languages[index].code }
      for index in lines.entries.indices {
        lines.entries[index].language = attack
        lines.entries[index].text = attack
      }
      data.repeatedLines = lines
    }
    data.tokenizer?.longestTokens = [attack, attack]
    let byScript = keys(data.tokenizer?.tokensByScript ?? [:])
    data.tokenizer?.tokensByScript = byScript
    let entriesByScript = keys(data.tokenizer?.entriesByScript ?? [:])
    data.tokenizer?.entriesByScript = entriesByScript
    for index in (data.tokenizer?.learning ?? []).indices {
      let byScript = keys(data.tokenizer?.learning[index].entriesByScript ?? [:])
      data.tokenizer?.learning[index].entriesByScript = byScript
    }
    func spoil(_ list: inout ReportData.TopList) {
      for index in list.entries.indices { list.entries[index].text = attack + list.entries[index].text }
    }
    if var content = data.content {
      spoil(&content.hosts)
      spoil(&content.sources)
      for index in content.languages.indices {
        spoil(&content.languages[index].lines)
        spoil(&content.languages[index].phrases)
        content.languages[index].scripts = keys(content.languages[index].scripts)
        content.languages[index].lengths = keys(content.languages[index].lengths)
        content.languages[index].code = attack + content.languages[index].code
      }
      data.content = content
    }
    for index in data.examples.indices {
      data.examples[index].language = attack
      data.examples[index].reason = attack + data.examples[index].reason
      data.examples[index].id = attack
      data.examples[index].text = attack
    }
    for index in data.quarantine.indices {
      data.quarantine[index].shard = attack
      data.quarantine[index].reason = attack
    }
    return data
  }

  /// How often each tag opens, but for words in treemap cells, which are there when there is room for them.
  static func tags(_ html: String) -> [String: Int] {
    var counts: [String: Int] = [:]
    for part in html.utf8.split(separator: UInt8(ascii: "<"), omittingEmptySubsequences: false).dropFirst() {
      let name = String(decoding: part.prefix { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: ">") }, as: UTF8.self)
      counts[name, default: 0] += 1
    }
    for name in ["text", "/text", "mark", "/mark"] { counts[name] = nil }
    return counts
  }

  /// Names of all attributes, as a browser would read them: a quote that got out would bring one of its own.
  static func attributes(_ html: String) -> Set<String> {
    var names: Set<String> = []
    var name: [UInt8] = []
    var isTag = false
    var isQuoted = false
    for byte in html.utf8 {
      switch byte {
      case UInt8(ascii: "<") where !isQuoted: isTag = true
      case UInt8(ascii: ">") where !isQuoted: isTag = false
      case UInt8(ascii: "\"") where isTag: isQuoted.toggle()
      case UInt8(ascii: "=") where isTag && !isQuoted: names.insert(String(decoding: name, as: UTF8.self))
      default: break
      }
      if isTag && !isQuoted && byte > 0x20 && byte != 0x22 {
        name.append(byte)
      } else if !name.isEmpty {
        name.removeAll(keepingCapacity: true)
      }
    }
    return names
  }

  @Test(arguments: attacks.indices) func corpusTextNeverBecomesMarkup(index: Int) throws {
    let attack = Self.attacks[index]
    let data = Self.report(attack)
    let html = try ReportRendererTests.html(data)
    let benign = Self.benign
    #expect(Self.tags(html) == Self.tags(benign))
    #expect(Self.attributes(html).subtracting(Self.attributes(benign)) == [])
    #expect(!html.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" && $0 != "\t" || $0.value == 0x202E })
    #expect(html.utf8.count < 3_000_000)
    let json = ReportRenderer.json(data)
    #expect(try ReportRenderer.data(fromJSON: json) == data)
  }

  @Test func escapingLooksAtScalars() {
    #expect(HTMLText.escaped("\"\u{301}<\u{338}") == "&quot;\u{301}&lt;\u{338}")
    #expect(HTMLText.escaped("a\0\u{202E}b\t\n") == "a␀[U+202E]b\t\n")
    #expect(HTMLText.escaped("क्‍ष नमस्ते") == "क्‍ष नमस्ते")
    #expect(HTMLText.clipped("abc", to: 3) == "abc")
    #expect(HTMLText.clipped("a\u{301}bc", to: 2) == "a\u{301}…")
  }
}
