// A made-up but likely run over 59 languages, for tests and for looking at: sizes follow ROOTS, texts are the sample data.

import CorpusCore
import Foundation
import Pipeline
import TestSupport

/// Makes the same report every time.
struct ReportSample {
  private var random = SplitMix64(state: 7)
  private var data = ReportData()

  static func make() -> ReportData {
    var sample = ReportSample()
    sample.fill()
    return sample.data
  }

  private static let reasons: [(name: String, part: Double)] = [
    ("exact_duplicate", 0.052), ("near_duplicate", 0.088), ("too_short", 0.071), ("language_mismatch", 0.034),
    ("low_stop_words", 0.022), ("character_repetition", 0.013), ("word_repetition", 0.009),
    ("special_characters", 0.017),
    ("flagged_words", 0.003), ("line_repetition", 0.006), ("empty", 0.002),
  ]

  private static let code: [(name: String, bytes: Int)] = [
    ("java", 36_900_000_000), ("php", 30_300_000_000), ("cpp", 22_900_000_000), ("python", 19_400_000_000),
    ("javascript", 16_600_000_000), ("csharp", 16_300_000_000), ("c", 11_000_000_000), ("go", 7_700_000_000),
    ("typescript", 6_900_000_000), ("scala", 2_900_000_000), ("ruby", 2_400_000_000), ("rust", 1_200_000_000),
    ("lua", 550_000_000),
  ]

  private mutating func between(_ low: Double, _ high: Double) -> Double { low + (high - low) * random.share() }

  private mutating func fill() {
    data.name = "roots-like-59"
    data.version = "0.9.0"
    for facts in rootsLanguages {
      addLanguage(facts.code, facts.name, facts.script, bytes: facts.rootsBytes / 40)
    }
    for (name, bytes) in Self.code {
      addLanguage("code-" + name, Self.codeName(name), "", bytes: bytes / 40)
    }
    fillShares()
    fillLedger()
    fillStages()
    fillFilters()
    fillDuplicates()
    data.redactions = ["email": 182_334, "phone": 40_118, "ipv4": 12_907, "ipv6": 311, "iban": 96, "credit_card": 41]
    data.normalization = [
      "nfc": 1_904_112, "white_space": 8_440_019, "zero_width": 302_446, "control": 12_010, "bidi": 4_102,
    ]
    data.lineRules = ["documents that lost a line or a mark": 4_120, "lines of code": 18_004, "menu lines": 902]
    fillTokenizer()
    fillExamples()
    fillContent()
    data.quarantine = (0..<9).map { index in
      var line = ReportData.QuarantinedLine()
      line.shard = "raw/crawl-\(index % 4).jsonl.zst"
      line.line = 1_204 + index * 771
      line.offset = 8_410_229 + index * 2_771_113
      line.reason = ["no field text", "invalid UTF-8", "not JSON: unterminated string"][index % 3]
      return line
    }
  }

  private static func codeName(_ name: String) -> String {
    ["cpp": "C++", "csharp": "C#", "php": "PHP", "javascript": "JavaScript", "typescript": "TypeScript"][name]
      ?? name.prefix(1).uppercased() + name.dropFirst()
  }

  private mutating func addLanguage(_ code: String, _ name: String, _ script: String, bytes: Int) {
    var language = ReportData.LanguageSummary()
    language.code = code
    language.name = name
    language.script = script
    language.bytesKept = Int(Double(bytes) * between(0.5, 1.6))
    language.bytesRead = Int(Double(language.bytesKept) * between(1.25, 1.9))
    let isIndic = !["Latin", "Arabic", "Han", ""].contains(script)
    let letter = isIndic ? 2.7 : script == "Han" ? 2.8 : script == "Arabic" ? 1.8 : 1.04
    language.characters = Int(Double(language.bytesKept) / letter)
    language.words = Int(Double(language.characters) / between(5.2, 7.4))
    language.tokens = Int(Double(language.words) * (isIndic ? between(1.5, 3.4) : between(1.15, 2.1)))
    language.kept = max(language.bytesKept / Int(between(1_800, 4_600)), 40)
    language.read = language.kept
    for (reason, part) in Self.reasons {
      let count = Int(Double(language.kept) * part * between(0.02, 2.6))
      if count > 0 { language.removed[reason] = count }
      language.read += count
    }
    let removedByFilters = language.removed.filter { !$0.key.hasSuffix("_duplicate") }.values.reduce(0, +)
    let near = language.removed["near_duplicate"] ?? 0
    language.funnel = [
      ("read", language.read), ("filtered", language.read - removedByFilters),
      ("exact_deduplicated", language.kept + near), ("kept", language.kept),
    ].map { name, documents in
      var step = ReportData.Step()
      step.name = name
      step.documents = documents
      return step
    }
    language.quarantined = code == "en" ? 9_120 : Int(random.share() * 4)
    language.read += language.quarantined
    let center = between(9.5, 12.5)
    language.lengthHistogram = (0..<20).map { bin in
      let distance = (Double(bin) - center) / (Double(bin) < center ? 1.5 : 2.1)
      return bin < 5 ? 0 : Int(Double(language.kept) * 0.24 * exp(-distance * distance / 2) * between(0.8, 1.2))
    }
    data.languages.append(language)
  }

  private mutating func fillShares() {
    let total = Double(data.languages.reduce(0) { $0 + $1.bytesKept })
    let natural = Double(rootsLanguages.reduce(0) { $0 + $1.rootsBytes })
    let weights = data.languages.map { pow(Double($0.bytesKept) / total, 0.3) }
    let sum = weights.reduce(0, +)
    for index in data.languages.indices {
      data.languages[index].share = Double(data.languages[index].bytesKept) / total
      data.languages[index].sampledShare = weights[index] / sum
      if index < rootsLanguages.count {
        data.languages[index].rootsShare = Double(rootsLanguages[index].rootsBytes) / natural
      }
    }
  }

  private mutating func fillLedger() {
    for language in data.languages {
      data.ledger.read += language.read
      data.ledger.kept += language.kept
      data.ledger.quarantined += language.quarantined
      data.ledger.bytesRead += language.bytesRead
      data.ledger.bytesKept += language.bytesKept
      data.ledger.removed.merge(language.removed, uniquingKeysWith: +)
    }
    data.ledger.balanced = true
  }

  private mutating func fillStages() {
    let ledger = data.ledger
    let exact = ledger.removed["exact_duplicate"] ?? 0
    let near = ledger.removed["near_duplicate"] ?? 0
    let prepared = ledger.kept + exact + near
    let middle = ledger.bytesKept / 100 * 117
    let rows: [(String, Int, Int, Int, Int, Double, Int)] = [
      ("prepare", ledger.read, prepared, ledger.bytesRead, middle, 1_931, 1_904_000_000),
      ("exact_duplicates", prepared, prepared - exact, middle, middle / 100 * 95, 311, 2_410_000_000),
      ("near_duplicates", prepared - exact, ledger.kept, middle / 100 * 95, ledger.bytesKept, 1_204, 3_870_000_000),
      ("train_tokenizer", ledger.kept, ledger.kept, ledger.bytesKept, ledger.bytesKept, 742, 5_102_000_000),
      ("encode", ledger.kept, ledger.kept, ledger.bytesKept, 37_904_221_004, 655, 1_220_000_000),
    ]
    for (name, documentsIn, documentsOut, bytesIn, bytesOut, seconds, memory) in rows {
      var stage = ReportData.Stage()
      stage.name = name
      stage.units = 312
      stage.documentsIn = documentsIn
      stage.documentsOut = documentsOut
      stage.bytesIn = bytesIn
      stage.bytesOut = bytesOut
      stage.seconds = seconds
      stage.peakMemoryBytes = memory
      stage.workers = 16
      data.stages.append(stage)
    }
  }

  private mutating func fillFilters() {
    let kinds: [(String, Double, ReportData.Side, Double)] = [
      ("stop_words_ratio", 0.2, .minimum, 0.45), ("special_characters_ratio", 0.35, .maximum, 0.16),
      ("character_repetition_ratio", 0.3, .maximum, 0.09), ("language_score", 0.65, .minimum, 0.93),
    ]
    for (name, threshold, side, center) in kinds {
      for language in data.languages.prefix(16) {
        var filter = ReportData.Filter()
        filter.name = name
        filter.language = language.code
        filter.threshold = threshold
        filter.side = side
        let middle = center * between(0.9, 1.07)
        filter.histogram = (0..<20).map { bin in
          let distance = ((Double(bin) + 0.5) / 20 - middle) / 0.11
          return Int(
            Double(language.read) * 0.2 * exp(-distance * distance / 2) + Double(language.read) * between(0, 0.004))
        }
        for bin in 0..<20 where ((Double(bin) + 0.5) / 20 < threshold) == (side == .minimum) {
          filter.removed += filter.histogram[bin]
        }
        data.filters.append(filter)
      }
    }
    var length = ReportData.Filter()
    length.name = "minimum_bytes"
    length.threshold = 200
    length.lower = 32
    length.upper = 1_048_576
    length.isLogarithmic = true
    length.histogram = (0..<20).map { Int(120_000 * exp(-pow((Double($0) - 8) / 3.4, 2))) }
    length.removed = 410_223
    data.filters.append(length)
  }

  private mutating func fillDuplicates() {
    var lines = ReportData.RepeatedLines()
    lines.unit = "line"
    lines.minimumCount = 10
    lines.distinct = 12_345
    for (code, segments) in [("en", 90_000), ("fr", 4_000)] {
      var loss = ReportData.RepeatedLines.LanguageLoss()
      loss.code = code
      loss.segments = segments
      loss.bytes = segments * 40
      loss.changed = segments / 3
      loss.removed = segments / 100
      lines.languages.append(loss)
      var entry = ReportData.RepeatedLines.Entry()
      entry.language = code
      entry.count = segments / 50
      entry.text = code == "en" ? "Home | About | Contact" : "Tous droits réservés."
      lines.entries.append(entry)
    }
    data.repeatedLines = lines
    data.duplicates.exactRemoved = data.ledger.removed["exact_duplicate"] ?? 0
    data.duplicates.nearRemoved = data.ledger.removed["near_duplicate"] ?? 0
    for size in [2, 3, 4, 5, 6, 7, 8, 10, 14, 22, 40, 71, 130, 388, 1_204] {
      var entry = ReportData.ClusterSize()
      entry.size = size
      entry.clusters = max(Int(2_400_000 / pow(Double(size), 2.6)), 1)
      data.duplicates.clusterSizes.append(entry)
    }
    for (code, similarity) in [("en", 0.91), ("ar", 0.88), ("hi", 0.86), ("zhs", 0.84), ("ur", 0.9), ("ta", 0.93)] {
      guard let text = Self.text(code) else { continue }
      var pair = ReportData.DuplicatePair()
      pair.language = code
      pair.similarity = similarity
      pair.keptId = code + "-0001"
      pair.removedId = code + "-0482"
      pair.keptText = text
      pair.removedText = Self.edited(text)
      data.duplicates.pairs.append(pair)
    }
  }

  /// Every ninth word doubled in another form, the eleventh dropped: what a mirrored page looks like.
  private static func edited(_ text: String) -> String {
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    if words.count < 8 { return text.replacing("的", with: "之") }
    return words.enumerated().compactMap { index, word in
      index % 19 == 17 ? nil : index % 13 == 6 ? word + " (2024)" : String(word)
    }.joined(separator: " ")
  }

  private mutating func fillTokenizer() {
    var tokenizer = ReportData.Tokenizer()
    tokenizer.vocabularySize = 250_680
    tokenizer.merges = 250_420
    tokenizer.trainedBytes = 11_204_991_230
    tokenizer.distinctPieces = 48_201_117
    tokenizer.specialTokensInText = 1_204
    tokenizer.tokensByScript = [
      "Latin": 148_201, "Han": 29_110, "Arabic": 22_407, "Devanagari": 13_904, "Bengali": 8_230, "Tamil": 6_120,
      "Malayalam": 5_011, "Telugu": 4_870, "Kannada": 3_904, "Gujarati": 2_790, "Gurmukhi": 2_201, "Odia": 2_017,
      "Common": 1_915,
    ]
    tokenizer.longestTokens = [
      "----------------------------------------------------------------", " responsabilidades", " ಕಾರ್ಯಕ್ರಮದಲ್ಲಿ",
      " സംസ്ഥാനത്തെ", " والاجتماعية", "中华人民共和国", " internationalisation", " உள்ளிட்டவற்றை",
      " getElementsByTagName", "                ", " विश्वविद्यालय", " প্রধানমন্ত্রী",
    ]
    tokenizer.entriesByScript = tokenizer.tokensByScript
    tokenizer.learning = (0..<12).map { index in
      var step = ReportData.LearningStep()
      step.first = index * 20_890
      step.entries = 20_890
      step.meanBytes = 3.1 + Double(index) * 0.6
      step.longestBytes = 12 + 9 * index
      step.entriesByScript = ["Latin": 12_000 - 300 * index, "Han": 2_000 + 40 * index, "Arabic": 1_900]
      return step
    }
    data.tokenizer = tokenizer
  }

  private mutating func fillContent() {
    func list(_ texts: [String], total: Int) -> ReportData.TopList {
      var list = ReportData.TopList()
      list.total = total
      list.undercount = 12
      list.entries = texts.enumerated().map { index, text in
        var entry = ReportData.TopList.Entry()
        entry.text = text
        entry.count = total / (index * 7 + 9)
        return entry
      }
      return list
    }
    var content = ReportData.Content()
    content.isSample = true
    content.hosts = list(["example.org", "news.example", "a-host-with-a-very-long-name.example.net"], total: 91_004)
    content.sources = list(["crawl-2024", "wiki"], total: 120_441)
    for code in ["en", "ar", "hi", "zhs", "ta", "code-python"] {
      var language = ReportData.LanguageContent()
      language.code = code
      language.documents = 4_000
      language.bytes = 9_120_000
      language.lengths = ["minimum": 31, "p10": 304, "p50": 1_404, "p90": 9_211, "p99": 48_000, "maximum": 1_048_231]
      language.scripts = ["Latin": 800_000, "Arabic": 700_000, "Digits": 40_000]
      let words = (Self.text(code) ?? "").split(separator: " ").map(String.init)
      language.lines = list(Array(words.prefix(3)) + ["All rights reserved"], total: 44_000)
      language.phrases = list((0..<12).map { words.dropFirst($0).prefix(3).joined(separator: " ") }, total: 910_000)
      content.languages.append(language)
    }
    content.documents = content.languages.reduce(0) { $0 + $1.documents }
    content.bytes = content.languages.reduce(0) { $0 + $1.bytes }
    data.content = content
  }

  private mutating func fillExamples() {
    for code in ["en", "fr", "ar", "zhs", "zht", "hi", "ml", "or", "yo", "code-python"] {
      guard let text = Self.text(code) else { continue }
      var example = ReportData.Example()
      example.language = code
      example.id = code + "-0001"
      example.text = text
      data.examples.append(example)
    }
    for (code, reason, value, threshold) in [
      ("bn", "low_stop_words", 0.112, 0.2), ("sw", "low_stop_words", 0.08, 0.2),
      ("te", "special_characters", 0.51, 0.35),
      ("ur", "language_mismatch", 0.44, 0.65), ("vi", "too_short", 141, 200),
    ] {
      guard let text = Self.text(code) else { continue }
      var example = ReportData.Example()
      example.language = code
      example.reason = reason
      example.value = value
      example.threshold = threshold
      example.id = code + "-0377"
      example.text = text
      data.examples.append(example)
    }
  }

  /// The first document of a sample file.
  private static func text(_ code: String) -> String? {
    struct Line: Decodable { var text: String }
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    guard let bytes = try? Data(contentsOf: root.appending(path: "sample-data/\(code).jsonl")),
      let first = bytes.split(separator: 0x0A).first
    else { return nil }
    return try? JSONDecoder().decode(Line.self, from: Data(first)).text
  }
}
