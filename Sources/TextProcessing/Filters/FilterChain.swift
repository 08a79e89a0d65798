// All filters of one language, in order: what costs one look at each character first, then n-grams, then words.

/// The filters of one language; built once, used by any number of threads, each with its own scratch.
public struct FilterChain: Sendable {
  public let settings: LanguageSettings
  public let filters: [any DocumentFilter]

  public init(settings: LanguageSettings) {
    self.settings = settings
    let limits = settings.thresholds
    let segmentation = settings.wordSegmentation
    let stop = StopWordFilter(
      segmentation: segmentation, words: settings.stopWords, minimum: limits.minimumStopWordRatio)
    let flagged = FlaggedWordFilter(
      segmentation: segmentation, words: settings.flaggedWords, maximum: limits.maximumFlaggedWordRatio)
    filters = [
      EmptyFilter(),
      // A table of numbers is one whatever its size, and a report that says so helps more than "too small".
      SpecialCharacterFilter(
        minimum: limits.minimumSpecialCharacterRatio, maximum: limits.maximumSpecialCharacterRatio),
      SizeFilter(minimum: limits.minimumBytes, maximum: limits.maximumBytes),
      LineLengthFilter(minimum: limits.minimumLongestLine, maximum: limits.maximumLineLength),
      CharacterRepetitionFilter(
        length: Self.length(limits.characterRepetitionLength, 10), maximum: limits.maximumCharacterRepetitionRatio),
      WordCountFilter(
        segmentation: segmentation, minimum: limits.minimumWordCount, maximum: limits.maximumWordCount,
        pairs: stop.needsPairs || flagged.needsPairs),
      WordRepetitionFilter(
        segmentation: segmentation, length: Self.length(limits.wordRepetitionLength, 5),
        maximum: limits.maximumWordRepetitionRatio),
      stop,
      flagged,
      LanguageConfidenceFilter(minimum: limits.minimumLanguageConfidence),
    ]
  }

  private static func length(_ value: Double?, _ otherwise: Int) -> Int {
    guard let value, value >= 1, value <= 64 else { return otherwise }
    return Int(value)
  }

  /// Measures `text` and says the first limit that it breaks, nil when it may stay.
  ///
  /// Filters after the first that drops are not computed and neither are those without a limit, unless `exhaustive`: then
  /// every value is there and `drop` is still the first.
  public func evaluate(
    _ text: Span<UInt8>, languageConfidence: Double?, scratch: inout FilterScratch, exhaustive: Bool = false
  ) -> (values: FilterValues, drop: FilterDrop?) {
    var values = FilterValues()
    values.byteCount = Double(text.count)
    text.withUnsafeBufferPointer { scratch.load($0, languageConfidence: languageConfidence) }
    var drop: FilterDrop?
    for filter in filters where exhaustive || filter.isActive {
      let verdict = filter.verdict(&scratch, &values)
      if drop == nil { drop = verdict }
      if drop != nil && !exhaustive { break }
    }
    return (values, drop)
  }
}
