// The languages of ROOTS: 46 natural ones and 13 programming languages, with the size each had in the final corpus
// (ROOTS paper, arXiv 2303.03915, tables of the appendix).

/// A language code: lower-case ASCII letters, digits and `-`, as used in file names (`fr`, `zhs`, `code-python`).
public struct Language: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
  public let code: String

  /// nil when `code` could not be a file name: only `a-z 0-9 - _`, at most 32 characters, starting with a letter.
  public init?(code: String) {
    guard let first = code.utf8.first, (97...122).contains(first), code.utf8.count <= 32,
      code.utf8.allSatisfy({ (97...122).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 95 })
    else { return nil }
    self.code = code
  }

  private init(unchecked code: String) { self.code = code }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let language = Language(code: try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a language code")
    }
    self = language
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(code)
  }

  public static func < (a: Language, b: Language) -> Bool { a.code < b.code }
  public var description: String { code }

  /// Text whose language nothing and nobody could tell.
  public static let undetermined = Language(unchecked: "und")

  public var isCode: Bool { code.hasPrefix("code-") || code == "code" }
}

/// What is known of a ROOTS language.
public struct LanguageFacts: Sendable {
  public let code: String
  public let name: String
  public let script: String
  /// Bytes in the final ROOTS corpus.
  public let rootsBytes: Int
}

/// The 46 natural languages of ROOTS, largest first.
public let rootsLanguages: [LanguageFacts] = [
  .init(code: "en", name: "English", script: "Latin", rootsBytes: 484_953_009_124),
  .init(code: "zhs", name: "Simplified Chinese", script: "Han", rootsBytes: 261_019_433_892),
  .init(code: "fr", name: "French", script: "Latin", rootsBytes: 208_242_620_434),
  .init(code: "es", name: "Spanish", script: "Latin", rootsBytes: 175_098_365_045),
  .init(code: "pt", name: "Portuguese", script: "Latin", rootsBytes: 79_277_543_375),
  .init(code: "ar", name: "Arabic", script: "Arabic", rootsBytes: 74_854_900_600),
  .init(code: "vi", name: "Vietnamese", script: "Latin", rootsBytes: 43_709_279_959),
  .init(code: "hi", name: "Hindi", script: "Devanagari", rootsBytes: 24_622_119_985),
  .init(code: "id", name: "Indonesian", script: "Latin", rootsBytes: 19_972_325_222),
  .init(code: "bn", name: "Bengali", script: "Bengali", rootsBytes: 18_606_823_104),
  .init(code: "ca", name: "Catalan", script: "Latin", rootsBytes: 17_792_493_289),
  .init(code: "ta", name: "Tamil", script: "Tamil", rootsBytes: 7_989_206_220),
  .init(code: "ml", name: "Malayalam", script: "Malayalam", rootsBytes: 3_662_571_498),
  .init(code: "te", name: "Telugu", script: "Telugu", rootsBytes: 2_993_407_159),
  .init(code: "ur", name: "Urdu", script: "Arabic", rootsBytes: 2_781_329_959),
  .init(code: "ne", name: "Nepali", script: "Devanagari", rootsBytes: 2_551_307_393),
  .init(code: "eu", name: "Basque", script: "Latin", rootsBytes: 2_360_470_848),
  .init(code: "kn", name: "Kannada", script: "Kannada", rootsBytes: 2_098_453_560),
  .init(code: "mr", name: "Marathi", script: "Devanagari", rootsBytes: 1_775_483_122),
  .init(code: "pa", name: "Punjabi", script: "Gurmukhi", rootsBytes: 1_572_109_752),
  .init(code: "gu", name: "Gujarati", script: "Gujarati", rootsBytes: 1_199_986_460),
  .init(code: "or", name: "Odia", script: "Odia", rootsBytes: 1_157_100_133),
  .init(code: "zht", name: "Traditional Chinese", script: "Han", rootsBytes: 762_489_150),
  .init(code: "as", name: "Assamese", script: "Bengali", rootsBytes: 291_522_098),
  .init(code: "sw", name: "Swahili", script: "Latin", rootsBytes: 236_482_543),
  .init(code: "yo", name: "Yoruba", script: "Latin", rootsBytes: 89_695_835),
  .init(code: "rw", name: "Kinyarwanda", script: "Latin", rootsBytes: 40_428_299),
  .init(code: "xh", name: "Xhosa", script: "Latin", rootsBytes: 14_304_074),
  .init(code: "ig", name: "Igbo", script: "Latin", rootsBytes: 14_078_521),
  .init(code: "zu", name: "Zulu", script: "Latin", rootsBytes: 8_511_561),
  .init(code: "sn", name: "Shona", script: "Latin", rootsBytes: 6_638_639),
  .init(code: "lg", name: "Luganda", script: "Latin", rootsBytes: 4_568_367),
  .init(code: "wo", name: "Wolof", script: "Latin", rootsBytes: 3_606_973),
  .init(code: "rn", name: "Kirundi", script: "Latin", rootsBytes: 3_272_550),
  .init(code: "fon", name: "Fon", script: "Latin", rootsBytes: 2_478_546),
  .init(code: "nso", name: "Northern Sotho", script: "Latin", rootsBytes: 1_764_506),
  .init(code: "ln", name: "Lingala", script: "Latin", rootsBytes: 1_650_804),
  .init(code: "tn", name: "Setswana", script: "Latin", rootsBytes: 1_502_200),
  .init(code: "tw", name: "Twi", script: "Latin", rootsBytes: 1_265_041),
  .init(code: "ny", name: "Chichewa", script: "Latin", rootsBytes: 1_187_405),
  .init(code: "st", name: "Sesotho", script: "Latin", rootsBytes: 751_034),
  .init(code: "ts", name: "Xitsonga", script: "Latin", rootsBytes: 707_634),
  .init(code: "ak", name: "Akan", script: "Latin", rootsBytes: 701_554),
  .init(code: "bm", name: "Bambara", script: "Latin", rootsBytes: 391_747),
  .init(code: "ki", name: "Kikuyu", script: "Latin", rootsBytes: 359_615),
  .init(code: "tum", name: "Tumbuka", script: "Latin", rootsBytes: 170_360),
]
