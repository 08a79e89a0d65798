// What all units of prepare counted, as one, taken in as manifests are read: a driver of 100,000 units must not hold their
// histograms, profiles and examples one by one.
import CorpusCore
import Synchronization
import TextProcessing

final class PrepareTotals: Sendable {
  fileprivate struct Kind: Hashable {
    let reason: String
    let language: String
  }
  fileprivate struct State {
    var taken: Set<Int> = []
    var counts = PrepareCounts()
    var profiles = CorpusProfile.merging
    /// For each reason and language the example of the earliest unit.
    var examples: [Kind: (unit: Int, place: Int, example: Example)] = [:]
  }
  private let state = Mutex(State())

  /// Takes in what unit number `index` counted, once, whatever the order; `counts` keeps what is asked for unit by unit:
  /// what became of its records in all, its inputs and sections, and what it quarantined.
  func absorb(_ counts: inout PrepareCounts, index: Int) {
    state.withLock { state in
      if state.taken.insert(index).inserted { state.add(counts, index: index) }
    }
    counts.languages = [:]
    counts.identification = nil
    counts.redactions = [:]
    counts.lineRules = [:]
    counts.examples = []
    counts.filters = nil
    counts.profile = nil
  }

  /// The sums, with an example for each reason and language, in the order of the units; no inputs, sections or quarantine.
  var counts: PrepareCounts {
    state.withLock { state in
      var counts = state.counts
      counts.examples = state.examples.values.sorted { ($0.unit, $0.place) < ($1.unit, $1.place) }.map(\.example)
      counts.profile = state.profiles.result
      return counts
    }
  }
}

extension PrepareTotals.State {
  fileprivate mutating func add(_ other: PrepareCounts, index: Int) {
    counts.read += other.read
    counts.quarantined += other.quarantined
    counts.blankLines += other.blankLines
    for (language, tally) in other.languages { counts.languages[language, default: LanguageCounts()].add(tally) }
    if let own = other.identification {
      if counts.identification == nil { counts.identification = own } else { counts.identification?.add(own) }
    }
    counts.normalization.add(other.normalization)
    counts.redactions.merge(other.redactions, uniquingKeysWith: +)
    counts.lineRules.merge(other.lineRules, uniquingKeysWith: +)
    if let marks = other.contaminationMarks { counts.contaminationMarks = (counts.contaminationMarks ?? 0) + marks }
    if let measured = other.filters {
      counts.filters = counts.filters ?? FilterTallies()
      counts.filters?.merge(measured)
    }
    if let profile = other.profile { profiles.add(profile, number: index) }
    for (place, example) in other.examples.enumerated() {
      let kind = PrepareTotals.Kind(reason: example.reason, language: example.language)
      if let known = examples[kind], (known.unit, known.place) < (index, place) { continue }
      examples[kind] = (index, place, example)
    }
  }
}
