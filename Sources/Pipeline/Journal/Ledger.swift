// ledger.json: every record that was read is kept, removed for a reason or quarantined. Made from manifests; a ledger
// that does not balance fails the run.
import CorpusCore
import CorpusIO

/// The account of a run.
public struct Ledger: Codable, Sendable, Equatable {
  public struct Entry: Codable, Sendable, Equatable {
    public var read = 0
    public var kept = 0
    public var removed: [String: Int] = [:]
    public var bytesRead = 0
    public var bytesKept = 0
    /// nil when the pipeline has no step for it.
    public var repeatedLines: RepeatedLines?

    enum CodingKeys: String, CodingKey {
      case read, kept, removed
      case bytesRead = "bytes_read"
      case bytesKept = "bytes_kept"
      case repeatedLines = "repeated_lines"
    }
    var isBalanced: Bool { read == kept + removed.values.reduce(0, +) }
  }

  /// What repeated lines took along.
  public struct RepeatedLines: Codable, Sendable, Equatable {
    /// Lines or paragraphs that went.
    public var segments = 0
    /// Bytes of text that went, those of removed documents included.
    public var bytes = 0
    /// Documents that lost something and stay.
    public var changed = 0
  }

  public var read = 0
  public var kept = 0
  public var removed: [String: Int] = [:]
  public var quarantined = 0
  /// Lines of white space: no records, listed so that `wc -l` can be explained.
  public var blankLines = 0
  public var balanced = false
  public var languages: [String: Entry] = [:]
  /// How documents came by their language; nil when the pipeline has no step for it.
  public var identification: IdentificationCounts?
  /// UTF-8 bytes of text: "read", "kept", "removed".
  public var bytes: [String: Int] = [:]

  enum CodingKeys: String, CodingKey {
    case read, kept, removed, quarantined, balanced, languages, identification, bytes
    case blankLines = "blank_lines"
  }

  init(prepared: [PrepareCounts], deduplicated: DeduplicateCounts?, cut: [CutCounts] = []) {
    for counts in prepared {
      read += counts.read
      quarantined += counts.quarantined
      blankLines += counts.blankLines
      if let own = counts.identification {
        if identification == nil { identification = own } else { identification?.add(own) }
      }
      for (language, tally) in counts.languages {
        var entry = languages[language] ?? Entry()
        entry.read += tally.read
        entry.kept += tally.kept
        entry.removed.merge(tally.removed, uniquingKeysWith: +)
        entry.bytesRead += tally.bytesRead
        entry.bytesKept += tally.bytesKept
        languages[language] = entry
      }
    }
    for (language, reasons) in deduplicated?.removed ?? [:] {
      for (reason, count) in reasons {
        languages[language]?.removed[reason, default: 0] += count
        languages[language]?.kept -= count
      }
      languages[language]?.bytesKept -= deduplicated?.removedBytes[language] ?? 0
    }
    for counts in cut {
      var entry = languages[counts.language] ?? Entry()
      if counts.removed > 0 { entry.removed[DropReason.repeatedLines.rawValue, default: 0] += counts.removed }
      entry.kept -= counts.removed
      entry.bytesKept -= counts.removedBytes
      var lines = entry.repeatedLines ?? RepeatedLines()
      lines.segments += counts.removedSegments
      lines.bytes += counts.removedBytes
      lines.changed += counts.changed
      entry.repeatedLines = lines
      languages[counts.language] = entry
    }
    for entry in languages.values {
      kept += entry.kept
      removed.merge(entry.removed, uniquingKeysWith: +)
    }
    let bytesRead = languages.values.reduce(0) { $0 + $1.bytesRead }
    let bytesKept = languages.values.reduce(0) { $0 + $1.bytesKept }
    bytes = ["read": bytesRead, "kept": bytesKept, "removed": bytesRead - bytesKept]
    balanced =
      read == kept + removed.values.reduce(0, +) + quarantined && languages.values.allSatisfy { $0.isBalanced }
  }
}
