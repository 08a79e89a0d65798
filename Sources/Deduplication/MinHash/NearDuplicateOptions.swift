// What a near duplicate is: shingles of words, bands of MinHash lanes, and the Jaccard similarity that decides.

/// Where a word ends in scripts that write vowels and tones as combining marks (docs/decisions/0007).
public enum WordRule: String, Sendable, Hashable, Codable, CaseIterable {
  /// Behind its marks: about a syllable in Indic scripts.
  case marksBreak = "marks_break"
  /// Marks are inside words: a word is what stands between spaces and punctuation.
  case marksInside = "marks_inside"
}

/// Options of the near-duplicate search. The defaults propose pairs of similarity 0.8 with probability 0.95, of 0.85
/// with 0.994.
public struct NearDuplicateOptions: Sendable, Hashable, Codable {
  /// Words a shingle, 1...64.
  public var shingle = 5
  /// Where a word ends.
  public var words = WordRule.marksBreak
  /// Bands of lanes that propose a pair when all rows of one agree, 1...256.
  public var bands = 16
  /// Lanes a band, 1...64; bands * rows at most 4096.
  public var rows = 8
  /// Jaccard similarity of shingle sets from which on two documents are near duplicates, over 0 up to 1.
  public var threshold = 0.8
  /// Whether pairs that the sketch leaves in doubt are decided on their exact shingle sets.
  public var verify = true
  /// Chooses the hash functions; equal seeds give equal results everywhere.
  public var seed: UInt64 = 1

  public init() {}

  /// These options, or the first one that is out of range.
  @discardableResult
  public func validated() throws(DeduplicationFailure) -> NearDuplicateOptions {
    func require(_ holds: Bool, _ name: String, _ found: String, _ expected: String) throws(DeduplicationFailure) {
      guard holds else { throw .optionOutOfRange(name: name, found: found, expected: expected) }
    }
    try require((1...64).contains(shingle), "shingle", "\(shingle)", "1 to 64 words")
    try require((1...256).contains(bands), "bands", "\(bands)", "1 to 256")
    try require((1...64).contains(rows), "rows", "\(rows)", "1 to 64")
    try require(bands * rows <= 4096, "bands", "\(bands) with \(rows) rows", "bands * rows of at most 4096")
    try require(threshold > 0 && threshold <= 1, "threshold", "\(threshold)", "a number over 0, at most 1")
    return self
  }

  /// Lanes of a signature: one byte each.
  var laneCount: Int { bands * rows }
  /// One-bit hashes that sharpen the estimate.
  static let bitCount = 512
  /// Bytes of lanes and bits together: all of a fingerprint but its count of shingles.
  var sketchByteCount: Int { laneCount + Self.bitCount / 8 }

  /// The probability that some band proposes a pair of Jaccard similarity `similarity`: 1 - (1 - J^rows)^bands.
  public func probabilityOfProposal(atSimilarity similarity: Double) -> Double {
    func power(_ base: Double, _ exponent: Int) -> Double { (0..<exponent).reduce(1) { value, _ in value * base } }
    return 1 - power(1 - power(similarity, rows), bands)
  }
}
