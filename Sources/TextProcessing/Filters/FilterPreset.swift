// Sets of thresholds with a name, and how several of them, a language's own and the pipeline's become one.

/// Published sets of filter rules. Those for prose do not judge programs, `code` judges nothing else.
public enum FilterPreset: String, CaseIterable, Sendable, Codable, Hashable {
  /// ROOTS (arXiv 2303.03915): what the language's file says under `filters`.
  case roots
  /// Gopher, quality and repetition (arXiv 2112.11446, appendix A.1.1).
  case gopher
  /// C4 (arXiv 1910.10683, section 2.2), with the limits of its published code.
  case c4
  /// FineWeb's line rules (arXiv 2406.17557, section 3.4), with datatrove's values, which made the data set.
  case fineweb
  /// ROOTS's rules for code (BigQuery extract) with the mean line and the share of alphanumeric characters of Codex (arXiv
  /// 2107.03374, section 3.1).
  case code

  public func applies(toCode isCode: Bool) -> Bool { self == .roots || (self == .code) == isCode }

  /// Empty for `roots`: its thresholds are the language's.
  public var thresholds: FilterThresholds {
    var limits = FilterThresholds()
    switch self {
    case .roots: break
    case .gopher: setGopher(&limits)
    case .c4:
      limits.removeUnterminatedLines = 1
      limits.minimumLineWords = 3
      limits.maximumLineWordLength = 1000
      limits.removeJavascriptLines = 1
      limits.removePolicyLines = 1
      limits.removeCitations = 1
      limits.minimumSentenceCount = 5
      limits.maximumCurlyBrackets = 0
      limits.maximumLoremIpsum = 0
    case .fineweb:
      limits.minimumTerminatedLineRatio = 0.12
      limits.maximumShortLineRatio = 0.67
      limits.shortLineLength = 30
      limits.maximumLineDuplicationRatio = 0.01
      limits.maximumNewlineRatio = 0.3
    case .code:
      limits.minimumCharacters = 100
      limits.maximumCharacters = 200_000
      limits.minimumSpecialCharacterRatio = 0.15
      limits.maximumSpecialCharacterRatio = 0.65
      limits.minimumLongestLine = 20
      limits.maximumLineLength = 1000
      limits.minimumTokenLengthDeviation = 3
      limits.maximumMeanLineLength = 100
      limits.minimumAlphanumericRatio = 0.25
    }
    return limits
  }

  private func setGopher(_ limits: inout FilterThresholds) {
    limits.minimumWordCount = 50
    limits.maximumWordCount = 100_000
    limits.minimumMeanWordLength = 3
    limits.maximumMeanWordLength = 10
    limits.maximumHashRatio = 0.1
    limits.maximumEllipsisRatio = 0.1
    limits.maximumBulletLineRatio = 0.9
    limits.maximumEllipsisLineRatio = 0.3
    limits.minimumAlphabeticWordRatio = 0.8
    limits.minimumDistinctStopWords = 2
    limits.maximumDuplicateLineRatio = 0.3
    limits.maximumDuplicateLineCharacterRatio = 0.2
    limits.maximumDuplicateParagraphRatio = 0.3
    limits.maximumDuplicateParagraphCharacterRatio = 0.2
    limits.maximumTop2GramRatio = 0.2
    limits.maximumTop3GramRatio = 0.18
    limits.maximumTop4GramRatio = 0.16
    limits.maximumDuplicate5GramRatio = 0.15
    limits.maximumDuplicate6GramRatio = 0.14
    limits.maximumDuplicate7GramRatio = 0.13
    limits.maximumDuplicate8GramRatio = 0.12
    limits.maximumDuplicate9GramRatio = 0.11
    limits.maximumDuplicate10GramRatio = 0.1
  }
}

extension FilterThresholds {
  /// The limits of one language under `presets`: of several limits on one value the strictest, where `own` (the language's
  /// `presets`) stands in for a preset's; `overrides` replace all.
  public static func resolved(
    presets: [FilterPreset], isCode: Bool, filters: FilterThresholds, own: FilterThresholds, overrides: FilterThresholds
  ) -> FilterThresholds {
    var limits = FilterThresholds()
    for preset in presets where preset.applies(toCode: isCode) {
      let set = preset == .roots ? filters : preset.thresholds
      for (name, path) in keyNames {
        guard var value = set[keyPath: path] else { continue }
        if preset != .roots, let tuned = own[keyPath: path] { value = tuned }
        limits[keyPath: path] = limits[keyPath: path].map { Self.stricter(name, $0, value) } ?? value
      }
    }
    for (_, path) in keyNames {
      if let value = overrides[keyPath: path] { limits[keyPath: path] = value }
    }
    return limits
  }

  /// What both ask for. A length that only says how something is measured stays as first given.
  private static func stricter(_ name: String, _ a: Double, _ b: Double) -> Double {
    if name.hasPrefix("minimum_") || name.hasPrefix("remove_") { return max(a, b) }
    return name.hasPrefix("maximum_") ? min(a, b) : a
  }
}
