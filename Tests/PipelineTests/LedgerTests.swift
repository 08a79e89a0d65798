// The ledger adds up what prepare and deduplicate counted, and notices when they do not agree.
import Foundation
import Testing

@testable import Pipeline

struct LedgerTests {
  private func counts(read: Int, quarantined: Int, _ languages: [String: (kept: Int, removed: [String: Int])])
    -> PrepareCounts
  {
    var counts = PrepareCounts()
    counts.read = read
    counts.quarantined = quarantined
    counts.blankLines = 1
    for (language, (kept, removed)) in languages {
      var tally = LanguageCounts()
      tally.kept = kept
      tally.removed = removed
      tally.read = kept + removed.values.reduce(0, +)
      tally.bytesRead = 10 * tally.read
      tally.bytesKept = 8 * kept
      counts.languages[language] = tally
    }
    return counts
  }

  @Test func `units and duplicates are added up by language and reason`() throws {
    var duplicates = DeduplicateCounts()
    duplicates.removed = ["en": ["exact_duplicate": 2, "near_duplicate": 1]]
    duplicates.removedBytes = ["en": 24]
    let ledger = Ledger(
      prepared: [
        counts(read: 9, quarantined: 1, ["en": (5, ["empty": 1]), "fr": (2, [:])]),
        counts(read: 4, quarantined: 0, ["en": (3, ["empty": 1])]),
      ], deduplicated: duplicates)
    #expect(ledger.balanced)
    #expect(ledger.read == 13)
    #expect(ledger.kept == 7)
    #expect(ledger.quarantined == 1)
    #expect(ledger.blankLines == 2)
    #expect(ledger.removed == ["empty": 2, "exact_duplicate": 2, "near_duplicate": 1])
    #expect(ledger.languages["en"]?.kept == 5)
    #expect(ledger.languages["en"]?.removed == ["empty": 2, "exact_duplicate": 2, "near_duplicate": 1])
    #expect(ledger.languages["fr"]?.kept == 2)
    #expect(ledger.bytes == ["read": 120, "kept": 56, "removed": 64])
    #expect(try JSONDecoder().decode(Ledger.self, from: JSONEncoder().encode(ledger)) == ledger)
  }

  @Test func `a record that is nowhere upsets the balance`() {
    #expect(!Ledger(prepared: [counts(read: 3, quarantined: 0, ["en": (2, [:])])], deduplicated: nil).balanced)
    #expect(!Ledger(prepared: [counts(read: 2, quarantined: 1, ["en": (2, [:])])], deduplicated: nil).balanced)
    #expect(Ledger(prepared: [counts(read: 3, quarantined: 1, ["en": (2, [:])])], deduplicated: nil).balanced)
  }

  @Test func `two languages may not make up for each other`() {
    var counts = counts(read: 4, quarantined: 0, ["en": (2, [:]), "fr": (2, [:])])
    counts.languages["en"]?.kept = 3
    counts.languages["fr"]?.kept = 1
    #expect(!Ledger(prepared: [counts], deduplicated: nil).balanced)
  }

  @Test func `nothing read is balanced`() {
    #expect(Ledger(prepared: [], deduplicated: nil).balanced)
  }
}
