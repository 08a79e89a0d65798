// Language labels as they are found in shards, mapped to the codes of ROOTS: ISO 639-1, 639-2 and 639-3 codes, BCP 47
// tags with script or region, names of languages and of programming languages.
public import CorpusCore

/// The language a label stands for, or nil when it is no usable label (empty, "und", "unknown", not a code).
///
/// `fr`, `FR`, `fra_Latn`, `fr-CA` and `French` are `fr`; `zh`, `cmn_Hans` are `zhs`, `zh-TW` is `zht`; `Python` is
/// `code-python`. Any other two- or three-letter code is passed through in lower case, without script and region.
public func canonicalLanguage(label: Span<UInt8>) -> Language? {
  guard label.count > 0, label.count <= 64 else { return nil }
  var bytes: [UInt8] = []
  for index in label.indices {
    var byte = label[index]
    if byte >= 65 && byte <= 90 { byte += 32 }
    if byte == 95 { byte = 45 }
    bytes.append(byte)
  }
  while let last = bytes.last, last <= 32 { bytes.removeLast() }
  while let first = bytes.first, first <= 32 { bytes.removeFirst() }
  let name = String(decoding: bytes, as: UTF8.self)
  if LanguageLabels.meaningless.contains(name) { return nil }
  if let code = LanguageLabels.names[name] { return Language(code: code) }
  if name.hasPrefix("code-") {
    return LanguageLabels.names[String(name.dropFirst(5))].flatMap(Language.init(code:)) ?? Language(code: name)
  }
  let subtags = name.split(separator: "-", omittingEmptySubsequences: false)
  guard let base = subtags.first.map(String.init), (2...3).contains(base.utf8.count),
    base.utf8.allSatisfy({ (97...122).contains($0) }),
    subtags.dropFirst().allSatisfy({ LanguageLabels.isSubtag($0) }), !LanguageLabels.meaningless.contains(base)
  else { return nil }
  if LanguageLabels.chinese.contains(base) {
    let isTraditional = subtags.dropFirst().contains { LanguageLabels.traditional.contains(String($0)) }
    return Language(code: isTraditional ? "zht" : "zhs")
  }
  return Language(code: LanguageLabels.codes[base] ?? base)
}

enum LanguageLabels {
  static let meaningless: Set<String> = [
    "un", "und", "unk", "unknown", "mis", "mul", "zxx", "xxx", "none", "null", "nil", "na", "n/a", "other",
  ]
  static let chinese: Set<String> = ["zh", "cmn", "zho", "chi"]
  static let traditional: Set<String> = ["hant", "tw", "hk", "mo"]

  static func isSubtag(_ text: Substring) -> Bool {
    (1...8).contains(text.utf8.count)
      && text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) }
  }

  /// ISO 639-2/3 codes, retired codes and individual languages of a macrolanguage.
  static let codes: [String: String] = [
    "eng": "en", "fra": "fr", "fre": "fr", "spa": "es", "por": "pt", "ara": "ar", "arb": "ar", "vie": "vi",
    "hin": "hi", "ind": "id", "in": "id", "ben": "bn", "cat": "ca", "tam": "ta", "mal": "ml", "tel": "te", "urd": "ur",
    "nep": "ne", "npi": "ne", "eus": "eu", "baq": "eu", "kan": "kn", "mar": "mr", "pan": "pa", "guj": "gu",
    "ori": "or", "ory": "or", "asm": "as", "swa": "sw", "swh": "sw", "yor": "yo", "kin": "rw", "xho": "xh",
    "ibo": "ig", "zul": "zu", "sna": "sn", "lug": "lg", "wol": "wo", "run": "rn", "lin": "ln", "tsn": "tn",
    "twi": "tw", "nya": "ny", "sot": "st", "tso": "ts", "aka": "ak", "bam": "bm", "kik": "ki", "iw": "he",
  ]

  static let programming: [String: String] = [
    "c": "c", "c++": "cpp", "cpp": "cpp", "cxx": "cpp", "c#": "csharp", "csharp": "csharp", "c-sharp": "csharp",
    "go": "go", "golang": "go", "java": "java", "javascript": "javascript", "js": "javascript", "lua": "lua",
    "php": "php", "python": "python", "py": "python", "ruby": "ruby", "rust": "rust", "scala": "scala",
    "typescript": "typescript",
  ]

  /// Whole labels: ROOTS codes, English names, programming languages.
  static let names: [String: String] = {
    var names: [String: String] = ["code": "code", "chinese": "zhs"]
    for (name, code) in programming { names[name] = "code-" + code }
    for facts in rootsLanguages {
      names[facts.code] = facts.code
      names[facts.name.lowercased()] = facts.code
    }
    return names
  }()
}
