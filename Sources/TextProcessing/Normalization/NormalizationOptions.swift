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
  /// Prose: byte order marks, zero-width spaces, soft hyphens, word joiners, bidirectional controls and tag characters
  /// are removed; ZWJ and ZWNJ stay where they are spelling (Indic scripts, Arabic). Code: only byte order marks go.
  public var removeInvisible: Bool

  public init(
    form: NormalizationForm = .nfc, removeControls: Bool = true, unifyWhitespace: Bool = true,
    removeInvisible: Bool = true
  ) {
    self.form = form
    self.removeControls = removeControls
    self.unifyWhitespace = unifyWhitespace
    self.removeInvisible = removeInvisible
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
  /// Malformed bytes replaced by U+FFFD; 0 for validated input.
  public var malformedReplaced = 0

  public init() {}

  public mutating func add(_ other: NormalizationCounts) {
    documents += other.documents
    changedDocuments += other.changedDocuments
    normalizedDocuments += other.normalizedDocuments
    controlsRemoved += other.controlsRemoved
    whitespaceUnified += other.whitespaceUnified
    invisibleRemoved += other.invisibleRemoved
    malformedReplaced += other.malformedReplaced
  }
}
