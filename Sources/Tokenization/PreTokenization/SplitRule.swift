// One step of a pre-tokenizer as a tokenizer.json spells it: Hugging Face's `Split`.

/// A pattern and what becomes of its matches.
public struct SplitRule: Sendable, Hashable, Codable {
  /// What is looked for.
  public enum Pattern: Sendable, Hashable, Codable {
    /// A regular expression in Oniguruma's syntax, which is what Hugging Face's files mean.
    case regex(String)
    /// Exactly these characters.
    case literal(String)
  }

  /// What becomes of a match; the raw values are those of tokenizer.json.
  public enum Behavior: String, Sendable, Hashable, Codable {
    /// A piece of its own.
    case isolated = "Isolated"
    /// Dropped. Only accepted where it provably drops nothing.
    case removed = "Removed"
    /// Part of the piece before it.
    case mergedWithPrevious = "MergedWithPrevious"
    /// Part of the piece behind it.
    case mergedWithNext = "MergedWithNext"
    /// Like isolated, but neighbouring matches make one piece.
    case contiguous = "Contiguous"
  }

  public var pattern: Pattern
  public var behavior: Behavior
  /// True: what lies between the matches counts as matches, and the matches as what lies between.
  public var isInverted: Bool

  public init(pattern: Pattern, behavior: Behavior = .isolated, isInverted: Bool = false) {
    self.pattern = pattern
    self.behavior = behavior
    self.isInverted = isInverted
  }
}
