// All filters of one language, in order: what costs one look at each character first, then n-grams, then words.

/// How much of a chain is computed.
public enum FilterExtent: Sendable {
  /// Filters with a limit, up to the first that drops.
  case untilDrop
  /// All filters with a limit.
  case active
  /// All filters.
  case all
}

/// The filters of one language; built once, used by any number of threads, each with its own scratch.
public struct FilterChain: Sendable {
  public let settings: LanguageSettings
  public let filters: [any DocumentFilter]
  /// Those with a limit.
  private let active: [any DocumentFilter]
  private let lineOptions: LineScanOptions

  public init(settings: LanguageSettings) {
    self.settings = settings
    let limits = settings.thresholds
    let segmentation = settings.wordSegmentation
    let stop = StopWordFilter(
      segmentation: segmentation, words: settings.stopWords, minimum: limits.minimumStopWordRatio)
    let flagged = FlaggedWordFilter(
      segmentation: segmentation, words: settings.flaggedWords, maximum: limits.maximumFlaggedWordRatio)
    lineOptions = LineScanOptions(
      shortLineLength: Int(min(max(limits.shortLineLength ?? 30, 0), 1e6)),
      sentenceEnds: settings.sentenceEnds.unicodeScalars.map(\.value))
    filters = Self.roots(settings, stop: stop, flagged: flagged) + Self.gopher(settings) + Self.lines(limits)
    active = filters.filter(\.isActive)
  }

  private static func roots(
    _ settings: LanguageSettings, stop: StopWordFilter, flagged: FlaggedWordFilter
  ) -> [any DocumentFilter] {
    let limits = settings.thresholds
    let segmentation = settings.wordSegmentation
    return [
      EmptyFilter(),
      // A table of numbers is one whatever its size, and a report that says so helps more than "too small".
      SpecialCharacterFilter(
        minimum: limits.minimumSpecialCharacterRatio, maximum: limits.maximumSpecialCharacterRatio),
      SizeFilter(minimum: limits.minimumBytes, maximum: limits.maximumBytes),
      CharacterCountFilter(minimum: limits.minimumCharacters, maximum: limits.maximumCharacters),
      LineLengthFilter(minimum: limits.minimumLongestLine, maximum: limits.maximumLineLength),
      MeanLineLengthFilter(maximum: limits.maximumMeanLineLength),
      AlphanumericFilter(minimum: limits.minimumAlphanumericRatio),
      CharacterRepetitionFilter(
        length: length(limits.characterRepetitionLength, 10), maximum: limits.maximumCharacterRepetitionRatio),
      WordCountFilter(
        segmentation: segmentation, minimum: limits.minimumWordCount, maximum: limits.maximumWordCount,
        pairs: stop.needsPairs || flagged.needsPairs),
      WordRepetitionFilter(
        segmentation: segmentation, length: length(limits.wordRepetitionLength, 5),
        maximum: limits.maximumWordRepetitionRatio),
      stop,
      flagged,
      LanguageConfidenceFilter(minimum: limits.minimumLanguageConfidence),
      PerplexityFilter(model: settings.perplexityModel, maximum: limits.maximumPerplexity),
    ]
  }

  private static func gopher(_ settings: LanguageSettings) -> [any DocumentFilter] {
    let limits = settings.thresholds
    let segmentation = settings.wordSegmentation
    let top = [limits.maximumTop2GramRatio, limits.maximumTop3GramRatio, limits.maximumTop4GramRatio]
    let duplicate = [
      limits.maximumDuplicate5GramRatio, limits.maximumDuplicate6GramRatio, limits.maximumDuplicate7GramRatio,
      limits.maximumDuplicate8GramRatio, limits.maximumDuplicate9GramRatio, limits.maximumDuplicate10GramRatio,
    ]
    var filters: [any DocumentFilter] = [
      TokenLengthDeviationFilter(segmentation: segmentation, minimum: limits.minimumTokenLengthDeviation),
      MeanWordLengthFilter(
        segmentation: segmentation, minimum: limits.minimumMeanWordLength, maximum: limits.maximumMeanWordLength),
      AlphabeticWordFilter(segmentation: segmentation, minimum: limits.minimumAlphabeticWordRatio),
      DistinctStopWordFilter(
        segmentation: segmentation, words: settings.stopWords, minimum: limits.minimumDistinctStopWords),
      HashRatioFilter(segmentation: segmentation, maximum: limits.maximumHashRatio),
      EllipsisRatioFilter(segmentation: segmentation, maximum: limits.maximumEllipsisRatio),
      BulletLineFilter(maximum: limits.maximumBulletLineRatio),
      EllipsisLineFilter(maximum: limits.maximumEllipsisLineRatio),
      DuplicateLineFilter(maximum: limits.maximumDuplicateLineRatio),
      DuplicateLineCharacterFilter(maximum: limits.maximumDuplicateLineCharacterRatio),
      DuplicateParagraphFilter(maximum: limits.maximumDuplicateParagraphRatio),
      DuplicateParagraphCharacterFilter(maximum: limits.maximumDuplicateParagraphCharacterRatio),
      NewlineRatioFilter(segmentation: segmentation, maximum: limits.maximumNewlineRatio),
    ]
    for (index, maximum) in top.enumerated() {
      filters.append(TopGramFilter(segmentation: segmentation, length: index + 2, maximum: maximum))
    }
    for (index, maximum) in duplicate.enumerated() {
      filters.append(DuplicateGramFilter(segmentation: segmentation, length: index + 5, maximum: maximum))
    }
    return filters
  }

  private static func lines(_ limits: FilterThresholds) -> [any DocumentFilter] {
    [
      CurlyBracketFilter(maximum: limits.maximumCurlyBrackets),
      LoremIpsumFilter(maximum: limits.maximumLoremIpsum),
      SentenceCountFilter(minimum: limits.minimumSentenceCount),
      TerminatedLineFilter(minimum: limits.minimumTerminatedLineRatio),
      ShortLineFilter(maximum: limits.maximumShortLineRatio),
      LineDuplicationFilter(maximum: limits.maximumLineDuplicationRatio),
    ]
  }

  private static func length(_ value: Double?, _ otherwise: Int) -> Int {
    guard let value, value >= 1, value <= 64 else { return otherwise }
    return Int(value)
  }

  /// What the filters with a limit measure, in the order of the chain.
  public var measured: [FilterValue] { active.compactMap(\.value) }

  /// Measures `text` and says the first limit that it breaks, nil when it may stay. What `extent` leaves out is NaN.
  public func evaluate(
    _ text: Span<UInt8>, languageConfidence: Double?, scratch: inout FilterScratch, extent: FilterExtent = .untilDrop
  ) -> (values: FilterValues, drop: FilterDrop?) {
    var values = FilterValues()
    values.byteCount = Double(text.count)
    text.withUnsafeBufferPointer {
      scratch.load($0, languageConfidence: languageConfidence, lineOptions: lineOptions)
    }
    var drop: FilterDrop?
    for filter in extent == .all ? filters : active {
      let verdict = filter.verdict(&scratch, &values)
      if drop == nil { drop = verdict }
      if drop != nil && extent == .untilDrop { break }
    }
    return (values, drop)
  }
}
