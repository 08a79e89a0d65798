// Collects the records of a prepare unit by section and writes them as compressed frames of about 4 MB into one file.
import CorpusCore
import CorpusIO
import Foundation
import TextProcessing

/// The sections of a prepare unit.
enum Section {
  static func text(_ language: String) -> String { "text/" + language }
  static func fingerprints(_ language: String) -> String { "fingerprints/" + language }
  static func removed(_ reason: String) -> String { "removed/" + reason }
  static func values(_ language: String) -> String { "values/" + language }
  static let quarantine = "quarantine"
  static let portrait = "portrait"
}

struct UnitWriter {
  private static let frameBytes = 4 << 20
  private static let examplesPerReason = 2
  private static let exampleBytes = 400

  /// What a section has that is not written yet.
  private struct Pending {
    let section: String
    var bytes: [UInt8] = []
    var records = 0
  }

  private let attempt: Attempt
  private let file: SectionedFileWriter
  private let compressor = FrameCompressor(level: FrameCompressor.workLevel)
  private let removed: PipelineConfiguration.RemovedText
  private var pending: [Pending] = []
  private var places: [String: Int] = [:]
  private var entries: [SectionEntry] = []
  private var removedSeen: [String: Int] = [:]
  private var exampleCounts: [String: Int] = [:]
  private let writesValues: Bool
  private var values: [String: ValueBlock] = [:]

  init(attempt: Attempt, configuration: PipelineConfiguration) throws {
    self.attempt = attempt
    removed = configuration.removed
    writesValues = configuration.filter?.values ?? false
    file = try SectionedFileWriter(path: attempt.temporaryPath(), fileSystem: attempt.directory.fileSystem)
  }

  mutating func write(
    _ fate: DocumentFate, document: DocumentRecord, batch: DocumentBatch, cleaner: DocumentCleaner,
    counts: inout PrepareCounts
  ) throws {
    if writesValues { try measure(fate, document: document, batch: batch, cleaner: cleaner) }
    switch fate {
    case .kept(let language):
      try append(to: Section.text(language.code)) {
        Self.append(document, of: batch, cleaner: cleaner, language: language, to: &$0)
        $0.append(125)
        $0.append(10)
      }
      try append(to: Section.fingerprints(language.code)) { $0.append(contentsOf: cleaner.fingerprint) }
      note(language, reason: "kept", drop: nil, document: document, batch: batch, text: cleaner.text, counts: &counts)
    case .removed(let language, let drop):
      note(
        language, reason: drop.reason.rawValue, drop: drop, document: document, batch: batch, text: cleaner.text,
        counts: &counts)
      guard keepsRemoved(drop.reason.rawValue) else { return }
      try append(to: Section.removed(drop.reason.rawValue)) {
        Self.append(document, of: batch, cleaner: cleaner, language: language, to: &$0)
        $0.append(contentsOf: ",\"reason\":\"\(drop.reason.rawValue)\",\"value\":\(number(drop.value))".utf8)
        $0.append(contentsOf: ",\"threshold\":\(number(drop.threshold))}\n".utf8)
      }
    }
  }

  /// The cleaned record and its mark, without a closing brace.
  private static func append(
    _ document: DocumentRecord, of batch: DocumentBatch, cleaner: DocumentCleaner, language: Language,
    to output: inout [UInt8]
  ) {
    appendRecord(document, batch: batch, text: cleaner.text, language: language, to: &output)
    guard !cleaner.mark.isEmpty else { return }
    output.append(UInt8(ascii: ","))
    output.append(contentsOf: cleaner.mark)
  }

  mutating func quarantine(_ record: RejectedRecord) throws {
    try append(to: Section.quarantine) { QuarantineRecord(record).append(to: &$0) }
  }

  /// Writes what is left, closes the file and hands it to the attempt.
  mutating func finish(_ portrait: TextPortrait, as final: String) throws -> [SectionEntry] {
    for place in pending.indices.sorted(by: { pending[$0].section < pending[$1].section }) { try flush(place) }
    for language in values.keys.sorted() { try flushValues(language) }
    if !portrait.isEmpty { try add(try portrait.bytes, records: 0, to: Section.portrait) }
    attempt.add(try file.finish(), as: final)
    return entries
  }

  private mutating func measure(
    _ fate: DocumentFate, document: DocumentRecord, batch: DocumentBatch, cleaner: DocumentCleaner
  ) throws {
    let language: Language
    var reason: String?
    switch fate {
    case .kept(let kept): language = kept
    case .removed(let other, let drop): (language, reason) = (other, drop.reason.rawValue)
    }
    let id: UInt64
    if document.id.isEmpty {
      id = Array(recordID(document, batch: batch).utf8).withUnsafeBytes { hash64($0) }
    } else {
      id = batch.bytes.withUnsafeBytes { hash64(UnsafeRawBufferPointer(rebasing: $0[document.id])) }
    }
    let code = language.code
    if values[code] == nil { values[code] = ValueBlock(columns: cleaner.chain(for: language).measured) }
    values[code]?.append(id: id, reason: reason, values: cleaner.values)
    if let rows = values[code]?.rows, rows >= ValueBlock.maximumRows { try flushValues(code) }
  }

  private mutating func flushValues(_ language: String) throws {
    guard let block = values[language], block.rows > 0 else { return }
    let section = Section.values(language)
    try add(block.bytes, records: block.rows, to: section)
    values[language] = ValueBlock(columns: block.columns)
  }

  /// Adds the record that `body` appends.
  private mutating func append(to section: String, _ body: (inout [UInt8]) -> Void) throws {
    let place = place(of: section)
    body(&pending[place].bytes)
    pending[place].records += 1
    if pending[place].bytes.count >= Self.frameBytes { try flush(place) }
  }

  private mutating func place(of section: String) -> Int {
    if let place = places[section] { return place }
    places[section] = pending.count
    pending.append(Pending(section: section))
    return pending.count - 1
  }

  private mutating func flush(_ place: Int) throws {
    let (section, records) = (pending[place].section, pending[place].records)
    guard !pending[place].bytes.isEmpty else { return }
    try add(pending[place].bytes, records: records, to: section)
    // Nobody else holds the bytes, so their memory stays and is filled again.
    pending[place].bytes.removeAll(keepingCapacity: true)
    pending[place].records = 0
  }

  /// Writes one frame.
  private mutating func add(_ bytes: [UInt8], records: Int, to section: String) throws {
    let frame = compressor.compress(bytes)
    let offset = entries.last.map { $0.offset + $0.bytes } ?? 0
    try file.append(section: section, frame: frame, rawBytes: bytes.count, records: records)
    entries.append(
      SectionEntry(section: section, offset: offset, bytes: frame.count, rawBytes: bytes.count, records: records))
  }

  /// A sample keeps the first 20 of a reason in a unit.
  private mutating func keepsRemoved(_ reason: String) -> Bool {
    switch removed {
    case .all: return true
    case .none: return false
    case .sample:
      removedSeen[reason, default: 0] += 1
      return removedSeen[reason, default: 0] <= 20
    }
  }

  private mutating func note(
    _ language: Language, reason: String, drop: FilterDrop?, document: DocumentRecord, batch: DocumentBatch,
    text: [UInt8], counts: inout PrepareCounts
  ) {
    let key = reason == "kept" ? "kept/" + language.code : reason
    guard exampleCounts[key, default: 0] < Self.examplesPerReason else { return }
    exampleCounts[key, default: 0] += 1
    counts.portrait.examples.append(
      Example(
        language: language.code, reason: reason, id: recordID(document, batch: batch), value: drop?.value,
        threshold: drop?.threshold, text: head(text, bytes: Self.exampleBytes)))
  }
}

/// A prepared record without its closing brace: id, text, lang, then the shard's other fields as they were.
func appendRecord(
  _ document: DocumentRecord, batch: DocumentBatch, text: [UInt8], language: Language, to line: inout [UInt8]
) {
  line.append(contentsOf: "{\"id\":".utf8)
  if document.id.isEmpty {
    appendJSONString(recordID(document, batch: batch), to: &line)
  } else {
    batch.bytes.withUnsafeBytes { appendJSONString(UnsafeRawBufferPointer(rebasing: $0[document.id]), to: &line) }
  }
  line.append(contentsOf: ",\"text\":".utf8)
  text.withUnsafeBytes { appendJSONString($0, to: &line) }
  line.append(contentsOf: ",\"lang\":\"\(language.code)\"".utf8)
  if !document.otherFields.isEmpty {
    line.append(44)
    line.append(contentsOf: batch.bytes[document.otherFields])
  }
}

/// The record's id, or `<shard name>@<byte offset>`, which does not depend on how the shard was cut into units.
func recordID(_ document: DocumentRecord, batch: DocumentBatch) -> String {
  if document.id.isEmpty {
    let name = batch.shard.split(separator: "/").last.map(String.init) ?? batch.shard
    return name + "@" + String(document.byteOffset)
  }
  return String(decoding: batch.bytes[document.id], as: UTF8.self)
}

/// The first `bytes` bytes of valid UTF-8, cut at a character.
func head(_ text: [UInt8], bytes limit: Int) -> String {
  guard text.count > limit else { return String(decoding: text, as: UTF8.self) }
  var end = limit
  while end > 0, text[end] & 0xC0 == 0x80 { end -= 1 }
  return String(decoding: text[..<end], as: UTF8.self) + "…"
}

/// A JSON number; a value that is none (NaN, infinity) becomes null.
func number(_ value: Double) -> String {
  guard value.isFinite else { return "null" }
  return value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
}
