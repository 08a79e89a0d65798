// Ratios that follow from the counts; nil where the divisor is nothing.

extension ReportData.LanguageSummary {
  /// Kept documents of those read, 0...1.
  public var keptRatio: Double? { ratio(kept, read) }
  public var bytesPerToken: Double? { ratio(bytesKept, tokens) }
  /// Fertility: tokens a word, from 1 up.
  public var tokensPerWord: Double? { ratio(tokens, words) }
}

extension ReportData.Ledger {
  /// `read` less everything that has an account: 0 in a sound run.
  public var unaccounted: Int {
    Saturating.difference(read, Saturating.sum([kept, quarantined] + removed.sorted { $0.key < $1.key }.map(\.value)))
  }
}

extension ReportData.Stage {
  /// Bytes read a second of wall clock.
  public var bytesPerSecond: Double? { seconds > 0 && seconds.isFinite ? Double(bytesIn) / seconds : nil }
}

func ratio(_ numerator: Int, _ denominator: Int) -> Double? {
  denominator > 0 ? Double(numerator) / Double(denominator) : nil
}

/// Sums that stop at the ends of Int: counts may come from a foreign report.json.
enum Saturating {
  static func sum(_ values: some Sequence<Int>) -> Int {
    values.reduce(0) { total, value in
      let (result, overflow) = total.addingReportingOverflow(value)
      return overflow ? (value < 0 ? .min : .max) : result
    }
  }

  static func difference(_ a: Int, _ b: Int) -> Int {
    let (result, overflow) = a.subtractingReportingOverflow(b)
    return overflow ? (b < 0 ? .max : .min) : result
  }
}
