// Language files in FineWeb2's form, `<iso639-3>_<Script>.yml` (huggingface/fineweb-2, configs/): read as they are, so that
// its two thousand files can be dropped into the directory.
import CorpusCore

enum FineWebLanguageFile {
  /// Keys of one number, and what they are here.
  private static let numbers: [(theirs: String, ours: String, summary: String)] = [
    ("dup_line_frac", "maximum_duplicate_line_ratio", "Share of lines that occurred before."),
    ("dup_para_frac", "maximum_duplicate_paragraph_ratio", "Share of paragraphs that occurred before."),
    ("dup_line_char_frac", "maximum_duplicate_line_character_ratio", "Share of characters in such lines."),
    ("dup_para_char_frac", "maximum_duplicate_paragraph_character_ratio", "Share of characters in such paragraphs."),
    ("line_punct_thr", "minimum_terminated_line_ratio", "Share of lines that end a sentence."),
    ("short_line_thr", "maximum_short_line_ratio", "Share of short lines."),
    ("char_duplicates_ratio", "maximum_line_duplication_ratio", "Share of characters in repeated lines."),
    ("min_avg_word_length", "minimum_mean_word_length", "Characters of the mean word; least."),
    ("max_avg_word_length", "maximum_mean_word_length", "Characters of the mean word; most."),
    ("max_non_alpha_words_ratio", "minimum_alphabetic_word_ratio", "Share of words with a letter; least."),
    ("new_line_ratio", "maximum_newline_ratio", "Line ends for each word."),
    ("language_score", "minimum_language_confidence", "Confidence of the language identifier."),
  ]

  /// `eng_Latn.yml`: a name that this reads.
  static func isName(_ name: String) -> Bool {
    guard name.hasSuffix(".yml") else { return false }
    let parts = name.dropLast(4).split(separator: "_", omittingEmptySubsequences: false)
    return parts.count == 2 && parts[0].utf8.count == 3 && parts[1].utf8.count == 4
      && parts[0].utf8.allSatisfy { (97...122).contains($0) } && parts[1].utf8.allSatisfy { isLetter($0) }
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (97...122).contains(byte | 0x20) }

  /// The file as one of ours: its limits under `presets` (but for the confidence), its stop words.
  static func parse(bytes: [UInt8], fileName: String, label: String) throws(ConfigurationFailure) -> LanguageFile {
    let root =
      try StrictYAML.tree(of: bytes, fileName: fileName)
      ?? ConfigurationNode(.mapping([]), at: .file(line: 1, column: 1))
    let context = ConfigurationContext(fileName: fileName)
    let section = ConfigurationSection("", root, context: context)
    var presets: [String: Double] = [:]
    for (theirs, ours, summary) in numbers {
      presets[ours] = section.optionalNumber(theirs, in: 0...1e6, summary)
    }
    for (key, prefix, lengths) in [
      ("top_n_grams", "maximum_top_", 2...4), ("dup_n_grams", "maximum_duplicate_", 5...10),
    ] {
      for (n, limit) in pairs(section, key, lengths) { presets["\(prefix)\(n)_gram_ratio"] = limit }
    }
    let stopWords = section.texts(
      "stopwords", fallback: "none", maximumCount: 100_000, mayBeEmpty: true, "Words that running text is full of.")
    section.finish()
    try context.throwFaults()
    let confidence = presets.removeValue(forKey: "minimum_language_confidence")
    let script = label.split(separator: "_").last.map(String.init) ?? ""
    return LanguageFile(
      code: code(of: label), name: label, script: script, wordSegmentation: isUnspaced(script) ? "icu" : "whitespace",
      filters: confidence.map { ["minimum_language_confidence": min($0, 1)] } ?? [:], presets: presets,
      stopWords: stopWords?.map(\.text) ?? [], flaggedWords: [])
  }

  private static func isUnspaced(_ script: String) -> Bool {
    ["Hani", "Hans", "Hant", "Jpan", "Thai", "Laoo", "Khmr", "Mymr", "Tibt"].contains(script)
  }

  /// Our code for `kin_Latn`: that of ROOTS where there is one, else the ISO 639-3 code.
  private static func code(of label: String) -> String {
    canonicalCode(label) ?? String(label.prefix(3))
  }

  /// A list of lists `[n, limit]`.
  private static func pairs(
    _ section: ConfigurationSection, _ key: String, _ lengths: ClosedRange<Int>
  ) -> [(Int, Double)] {
    let expected = "a list of [n, limit] with n from \(lengths.lowerBound) to \(lengths.upperBound)"
    guard let entry = section.entry(key, expected: expected, fallback: "none", "Limits of n-grams."),
      !entry.value.isNull
    else { return [] }
    guard case .sequence(let items) = entry.value.content else {
      section.mismatch(key, expected, entry.value)
      return []
    }
    return items.compactMap { item in
      guard case .sequence(let pair) = item.content, pair.count == 2, case .scalar(let n, _) = pair[0].content,
        case .scalar(let limit, _) = pair[1].content, let length = ConfigurationNumber.integer(n),
        lengths.contains(length), let value = ConfigurationNumber.double(limit), value >= 0, value <= 1e6
      else {
        section.mismatch(key, expected, item)
        return nil
      }
      return (length, value)
    }
  }

  /// A language in both forms: limits of FineWeb2's file win under `presets`, all else is our file's, and its stop words
  /// stand in when ours has none.
  static func merged(_ own: LanguageFile, _ other: LanguageFile) -> LanguageFile {
    var file = own
    file.presets.merge(other.presets) { $1 }
    if file.stopWords.isEmpty { file.stopWords = other.stopWords }
    return file
  }
}
