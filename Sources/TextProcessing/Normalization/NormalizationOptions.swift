// What cleaning may change, and the tally of what it did.

/// A Unicode normalization form (UAX #15), or none.
public enum NormalizationForm: String, CaseIterable, Sendable, Codable {
  case nfc, nfkc, none
}

/// Which cleanings a `Normalizer` does.
public struct NormalizationOptions: Sendable, Hashable, Codable {
  public var form: NormalizationForm
  /// C0 and C1 controls other than white space, DEL and noncharacters are removed.
  public var removeControls: Bool
  /// Prose: every line break becomes LF, every other white space a space; runs of spaces become one, more than two blank
  /// lines two, and blanks at the ends of lines and of the document go. Code: CRLF becomes LF and that is all.
  public var unifyWhitespace: Bool
  /// Prose: tag characters, interlinear marks, invisible operators and deprecated format characters are removed; the kinds
  /// below have a switch each.
  public var removeInvisible: Bool
  /// Prose and code: U+FEFF goes.
  public var removeByteOrderMarks: Bool
  /// Prose: U+00AD goes.
  public var removeSoftHyphens: Bool
  /// Prose: bidirectional marks, embeddings, overrides and isolates go.
  public var removeBidirectional: Bool
  /// Prose: zero-width spaces, word joiners and U+180E go, and ZWJ and ZWNJ where they are not spelling (Indic scripts,
  /// Arabic).
  public var removeZeroWidth: Bool
  /// Prose: HTML character references become their characters.
  public var decodeEntities: Bool
  /// Prose: UTF-8 that was read as Windows-1252 is repaired where that is certain.
  public var repairMojibake: Bool
  /// Prose: of more equal characters in a row than this, letters, digits and white space apart, the rest goes; 0: none does.
  /// 1 and 2 count as 3, since two or three marks in a row are punctuation.
  public var maximumRun: Int

  /// `removeInvisible` is the value of its four kinds too.
  public init(
    form: NormalizationForm = .nfc, removeControls: Bool = true, unifyWhitespace: Bool = true,
    removeInvisible: Bool = true, decodeEntities: Bool = false, repairMojibake: Bool = false, maximumRun: Int = 0
  ) {
    self.decodeEntities = decodeEntities
    self.repairMojibake = repairMojibake
    self.maximumRun = maximumRun <= 0 ? 0 : max(3, maximumRun)
    self.form = form
    self.removeControls = removeControls
    self.unifyWhitespace = unifyWhitespace
    self.removeInvisible = removeInvisible
    removeByteOrderMarks = removeInvisible
    removeSoftHyphens = removeInvisible
    removeBidirectional = removeInvisible
    removeZeroWidth = removeInvisible
  }
}

/// How many characters and documents cleaning changed.
public struct NormalizationCounts: Sendable, Codable, Equatable {
  public var documents = 0
  /// Documents of which at least one byte changed.
  public var changedDocuments = 0
  /// Documents that were not in the wanted normalization form.
  public var normalizedDocuments = 0
  public var controlsRemoved = 0
  /// White-space characters replaced or removed.
  public var whitespaceUnified = 0
  public var invisibleRemoved = 0
  /// Of the invisible ones: byte order marks, soft hyphens, bidirectional controls, zero-width characters and joiners; what
  /// is left are tags and interlinear marks.
  public var byteOrderMarksRemoved = 0
  public var softHyphensRemoved = 0
  public var bidirectionalRemoved = 0
  public var zeroWidthRemoved = 0
  /// HTML character references replaced.
  public var entitiesDecoded = 0
  /// Characters made of what stood for their bytes.
  public var mojibakeRepaired = 0
  /// Characters of long runs taken out.
  public var runCharactersRemoved = 0
  /// Malformed bytes replaced by U+FFFD; 0 for validated input.
  public var malformedReplaced = 0

  public init() {}

  /// Counts an invisible character that was removed under its kind.
  mutating func countInvisible(_ character: UInt32) {
    invisibleRemoved += 1
    switch character {
    case 0xFEFF: byteOrderMarksRemoved += 1
    case 0xAD: softHyphensRemoved += 1
    case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: bidirectionalRemoved += 1
    case 0x180E, 0x200B...0x200D, 0x2060: zeroWidthRemoved += 1
    default: break
    }
  }

  public mutating func add(_ other: NormalizationCounts) {
    documents += other.documents
    changedDocuments += other.changedDocuments
    normalizedDocuments += other.normalizedDocuments
    controlsRemoved += other.controlsRemoved
    whitespaceUnified += other.whitespaceUnified
    invisibleRemoved += other.invisibleRemoved
    byteOrderMarksRemoved += other.byteOrderMarksRemoved
    softHyphensRemoved += other.softHyphensRemoved
    bidirectionalRemoved += other.bidirectionalRemoved
    zeroWidthRemoved += other.zeroWidthRemoved
    entitiesDecoded += other.entitiesDecoded
    mojibakeRepaired += other.mojibakeRepaired
    runCharactersRemoved += other.runCharactersRemoved
    malformedReplaced += other.malformedReplaced
  }
}
