// When the sketch may decide: outside threshold +- 0.05 it errs in about 1 of 6,000 pairs; inside, families of similar
// documents would lose members by thousands, so those pairs go to their exact shingle sets.

/// What two fingerprints say of a pair.
public enum SketchVerdict: Sendable, Hashable {
  case nearDuplicates
  case different
  /// Too near the threshold: compare the exact shingle sets.
  case undecided

  /// Half the width of the doubtful zone: 2.5 standard deviations of the estimate.
  public static let margin = 0.05

  /// Verdict on an estimated similarity; never `undecided` when `options.verify` is off.
  public init(estimate: Double, options: NearDuplicateOptions) {
    let margin = options.verify ? Self.margin : 0
    if estimate < options.threshold - margin {
      self = .different
    } else if estimate >= options.threshold + margin {
      self = .nearDuplicates
    } else {
      self = .undecided
    }
  }
}
