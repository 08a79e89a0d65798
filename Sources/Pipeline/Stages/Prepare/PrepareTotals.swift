// What all units of prepare counted, as one, taken in as manifests are read: a driver of 100,000 units must not hold their
// counts one by one.
import CorpusCore
import Synchronization

final class PrepareTotals: Sendable {
  private struct State {
    var taken: Set<Int> = []
    var counts = PrepareCounts()
    /// Names of sections and paths of inputs, which units have in common: each is in memory once.
    var names: Set<String> = []

    mutating func shared(_ name: String) -> String { names.insert(name).memberAfterInsert }
  }
  private let state = Mutex(State())

  /// Takes in what unit number `index` counted, once, whatever the order; `counts` keeps what is asked for unit by unit:
  /// what became of its records in all, its inputs and sections, and what it quarantined.
  func absorb(_ counts: inout PrepareCounts, index: Int) {
    state.withLock { state in
      if state.taken.insert(index).inserted { state.counts.add(counts) }
      for place in counts.sections.indices {
        counts.sections[place].section = state.shared(counts.sections[place].section)
      }
      for place in counts.inputs.indices { counts.inputs[place].path = state.shared(counts.inputs[place].path) }
    }
    counts.languages = [:]
    counts.identification = nil
    counts.redactions = [:]
    counts.lineRules = [:]
    counts.portrait = TextPortrait()
  }

  /// The sums; no inputs, sections or quarantine, and no portrait.
  var counts: PrepareCounts { state.withLock { $0.counts } }
}
