// What a character is to the scanners made by hand: one set of kinds fine enough for all of them, so that they share one
// table. General categories are those of Hugging Face's regular expressions, not of the system's ICU.
import CKernels

/// Kinds of characters. Letters that occur in English contractions are kinds of their own.
enum CharacterKind: UInt8, CaseIterable {
  /// Neither letter, mark, number, sign nor white space: controls, formats, private and unassigned code points.
  case other
  /// Lu and Lt beyond ASCII.
  case uppercase
  case lowercase
  /// Lm and Lo.
  case uncased
  case mark
  case number
  /// P and S beyond ASCII.
  case sign
  /// White space that is neither U+0020 nor a line end.
  case space
  case blank
  /// CR and LF.
  case lineEnd
  case apostrophe
  case slash
  case asciiSign
  case lowerASCII, upperASCII
  /// s, t, m, d: an apostrophe and one of these is a contraction.
  case lowerSTMD, upperSTMD
  /// r, v: 're and 've.
  case lowerRV, upperRV
  case lowerE, upperE
  /// l: 'll.
  case lowerL, upperL
  /// U+017F, which equals s where case does not count.
  case longS
  /// Letters, marks, signs and others in DeepSeek's ranges of Chinese characters and kana.
  case hanKana, hanKanaMark, hanKanaSign, hanKanaOther
  /// No character: the text is over.
  case end

  var isWhite: Bool { self == .space || self == .blank || self == .lineEnd }
  var isMark: Bool { self == .mark || self == .hanKanaMark }
  var isUpper: Bool { [.uppercase, .upperASCII, .upperSTMD, .upperRV, .upperE, .upperL].contains(self) }
  var isLower: Bool { [.lowercase, .lowerASCII, .lowerSTMD, .lowerRV, .lowerE, .lowerL, .longS].contains(self) }
  var isLetter: Bool { isUpper || isLower || self == .uncased || self == .hanKana }
  var isASCIILetter: Bool { (isUpper && self != .uppercase) || (isLower && self != .lowercase && self != .longS) }
  var isASCIISign: Bool { self == .apostrophe || self == .slash || self == .asciiSign }
  var isSign: Bool { isASCIISign || self == .sign || self == .hanKanaSign }
  var isHanKana: Bool { [.hanKana, .hanKanaMark, .hanKanaSign, .hanKanaOther].contains(self) }

  /// What a character behind an apostrophe makes of the two, where case does not count.
  enum Contraction { case none, complete, awaitsE, awaitsL }

  var contraction: Contraction {
    switch self {
    case .lowerSTMD, .upperSTMD, .longS: .complete
    case .lowerRV, .upperRV: .awaitsE
    case .lowerL, .upperL: .awaitsL
    default: .none
    }
  }

  /// The kind of a code point of general category `category`.
  init(_ scalar: UInt32, _ category: UInt32) {
    let inHanKana = (0x4E00...0x9FA5).contains(scalar) || (0x3040...0x30FF).contains(scalar)
    if scalar < 0x80, let ascii = Self(ascii: UInt8(truncatingIfNeeded: scalar)) {
      self = ascii
      return
    }
    switch xylem_category(rawValue: category) {
    case xylem_lu, xylem_lt: self = .uppercase
    case xylem_ll: self = scalar == 0x17F ? .longS : .lowercase
    case xylem_lm, xylem_lo: self = inHanKana ? .hanKana : .uncased
    case xylem_mn, xylem_mc, xylem_me: self = inHanKana ? .hanKanaMark : .mark
    case xylem_nd, xylem_nl, xylem_no: self = .number
    case xylem_zs, xylem_zl, xylem_zp: self = .space
    case xylem_pc, xylem_pd, xylem_ps, xylem_pe, xylem_pi, xylem_pf, xylem_po, xylem_sm, xylem_sc, xylem_sk, xylem_so:
      self = inHanKana ? .hanKanaSign : .sign
    default: self = scalar == 0x85 ? .space : inHanKana ? .hanKanaOther : .other
    }
  }

  private init?(ascii byte: UInt8) {
    switch byte {
    case 0x20: self = .blank
    case 0x0A, 0x0D: self = .lineEnd
    case 0x09, 0x0B, 0x0C: self = .space
    case UInt8(ascii: "'"): self = .apostrophe
    case UInt8(ascii: "/"): self = .slash
    case UInt8(ascii: "0")...UInt8(ascii: "9"): self = .number
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): self = .lowerSTMD
    case UInt8(ascii: "S"), UInt8(ascii: "T"), UInt8(ascii: "M"), UInt8(ascii: "D"): self = .upperSTMD
    case UInt8(ascii: "r"), UInt8(ascii: "v"): self = .lowerRV
    case UInt8(ascii: "R"), UInt8(ascii: "V"): self = .upperRV
    case UInt8(ascii: "e"): self = .lowerE
    case UInt8(ascii: "E"): self = .upperE
    case UInt8(ascii: "l"): self = .lowerL
    case UInt8(ascii: "L"): self = .upperL
    case UInt8(ascii: "a")...UInt8(ascii: "z"): self = .lowerASCII
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): self = .upperASCII
    case 0x21...0x7E: self = .asciiSign
    default: return nil
    }
  }
}

/// The kind of every code point, by pages of 64; pages of one kind are stored once: 95 KB in all, of which text of one
/// script touches a few lines.
struct CharacterKindTable: @unchecked Sendable {
  // Written once before it is shared, never freed: one table a process.
  let classes: xylem_split_classes
  /// Entries of `classes.kinds`.
  let kindCount: Int
  static let shared = CharacterKindTable()

  private init() {
    let pageCount = Int(xylem_split_pages)
    let pages = UnsafeMutablePointer<UInt16>.allocate(capacity: pageCount)
    var kinds: [UInt8] = []
    // Where the page of nothing but one kind stands, by that kind.
    var uniform = [UInt16?](repeating: nil, count: CharacterKind.allCases.count)
    let ranges = UnicodeCategories.ranges
    var current = 0
    func kind(_ scalar: UInt32) -> CharacterKind {
      while current < ranges.count, ranges[current].last < scalar { current += 1 }
      return current < ranges.count ? CharacterKind(scalar, ranges[current].category) : .other
    }
    for page in 0..<pageCount {
      let first = UInt32(page * 64)
      let last = first + 63
      let opening = kind(first)
      let isOneRange = current == ranges.count || last <= ranges[current].last
      // Of one category, kinds change where DeepSeek's ranges begin or end, once a page at most, and at single characters
      // whose ranges are shorter than a page: so the two ends say all.
      let isUniform = isOneRange && kind(last) == opening
      if isUniform, let known = uniform[Int(opening.rawValue)] {
        pages[page] = known
        continue
      }
      // Fewer than 500 pages are stored, so offsets fit 16 bits.
      pages[page] = UInt16(kinds.count)
      if isUniform { uniform[Int(opening.rawValue)] = pages[page] }
      for scalar in first...last { kinds.append(kind(scalar).rawValue) }
    }
    let stored = UnsafeMutablePointer<UInt8>.allocate(capacity: kinds.count)
    stored.initialize(from: kinds, count: kinds.count)
    kindCount = kinds.count
    classes = xylem_split_classes(pages: UnsafePointer(pages), kinds: UnsafePointer(stored))
  }
}
