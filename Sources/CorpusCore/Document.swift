// The nouns that travel: a batch of documents, texts back to back in one buffer and records beside it (after DuckDB's
// data chunks). A step sets a record's fate or replaces its text; it never moves the other bytes.

/// Where a record was found: shard, line (from 1) and byte offset in the decompressed shard (from 0).
public struct FileLocation: Hashable, Sendable, Codable, CustomStringConvertible {
  public var shard: String
  public var line: Int
  public var byteOffset: Int

  public init(shard: String, line: Int, byteOffset: Int) {
    self.shard = shard
    self.line = line
    self.byteOffset = byteOffset
  }

  public var description: String { "\(shard):\(line) (byte \(byteOffset))" }
}

/// Why a document was taken out. The raw value is a directory name and a key of the ledger: lower-case ASCII and `_`.
public struct DropReason: RawRepresentable, Hashable, Comparable, Sendable, Codable {
  public let rawValue: String

  public init(rawValue: String) {
    precondition(
      !rawValue.isEmpty && rawValue.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 },
      "a drop reason is lower-case ASCII letters, digits and _")
    self.rawValue = rawValue
  }

  public static func < (a: DropReason, b: DropReason) -> Bool { a.rawValue < b.rawValue }

  public static let empty = DropReason(rawValue: "empty")
  public static let exactDuplicate = DropReason(rawValue: "exact_duplicate")
  public static let urlDuplicate = DropReason(rawValue: "url_duplicate")
  public static let nearDuplicate = DropReason(rawValue: "near_duplicate")
  public static let repeatedLines = DropReason(rawValue: "repeated_lines")
}

/// One document of a batch: ranges into the batch's buffer. Empty ranges stand for absent fields.
public struct DocumentRecord: Sendable {
  public var text: Range<Int>
  /// Identity as the shard gave it; empty when it gave none.
  public var id: Range<Int>
  /// Language label as the shard gave it (`lang` or `language`); empty when it gave none.
  public var languageLabel: Range<Int>
  /// The record's other fields, as JSON members without braces: `"source":"x","url":"y"`; empty when there are none.
  public var otherFields: Range<Int>
  public var line: Int
  public var byteOffset: Int

  public init(
    text: Range<Int>, id: Range<Int>, languageLabel: Range<Int>, otherFields: Range<Int>, line: Int, byteOffset: Int
  ) {
    self.text = text
    self.id = id
    self.languageLabel = languageLabel
    self.otherFields = otherFields
    self.line = line
    self.byteOffset = byteOffset
  }
}

/// A line that is not a document, with its bytes: it goes to quarantine, never away.
public struct RejectedRecord: Sendable {
  public var location: FileLocation
  public var reason: String
  public var raw: [UInt8]

  public init(location: FileLocation, reason: String, raw: [UInt8]) {
    self.location = location
    self.reason = reason
    self.raw = raw
  }
}

/// Some documents of one shard, in the shard's order. All bytes of `text`, `id` and `languageLabel` are valid UTF-8.
public struct DocumentBatch: Sendable {
  public var shard: String
  public var bytes: [UInt8] = []
  public var documents: [DocumentRecord] = []
  public var rejected: [RejectedRecord] = []
  /// Lines that hold nothing but white space: no records, and counted so that line counts add up.
  public var blankLineCount = 0

  public init(shard: String = "") { self.shard = shard }

  public mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    documents.removeAll(keepingCapacity: true)
    rejected.removeAll(keepingCapacity: true)
    blankLineCount = 0
  }
}
