// `xylem dedup exact`: digests of all documents sorted outside memory, one of each group of equal ones kept, and a second
// pass that copies the kept lines as they stand.
//
//   pass 1   document -> digest, rank, position (48 bytes, sorted) and an entry in the register of documents
//   sort     groups of equal digests -> position and representative of each removal (32 bytes, sorted by position)
//   pass 2   lines as they stand, but for the removed ones; one line of evidence for each of those
import CorpusCore
import CorpusIO
import Deduplication
import Foundation
import Synchronization

public struct ExactDeduplicating: Sendable {
  public var pass: InputPass
  public var form = ExactForm.text
  /// Among which documents equal ones are looked for.
  public var within = RepetitionScope.all
  public var keep = KeepRule.longest
  /// Sources from best to worst, for `KeepRule.source`.
  public var sourcePriority: [String] = []
  /// Member of the record, or path to it, for `KeepRule.quality`.
  public var qualityField = KeepPreference.defaultQualityField
  /// Outputs of earlier runs, or digest files: what they kept counts as there.
  public var against: [String] = []
  /// Ceiling of what the sorters take; a few MB a worker come on top.
  public var memoryBytes: Int
  public var format = KeptFormat()
  public var fileSystem: any FileSystem = LocalFileSystem()

  public init(pass: InputPass, memoryBytes: Int) {
    self.pass = pass
    self.memoryBytes = memoryBytes
  }

  public struct Summary: Codable, Sendable, Equatable {
    public var read = 0
    public var kept = 0
    public var removed = 0
    public var quarantined = 0
    /// Of the removed: documents that an earlier run has.
    public var removedAgainst = 0
    /// Documents without a URL when URLs are compared: kept, and equal to nothing.
    public var withoutURL = 0

    enum CodingKeys: String, CodingKey {
      case read, kept, removed, quarantined
      case removedAgainst = "removed_against"
      case withoutURL = "without_url"
    }
  }

  /// Writes `output/kept/`, `output/removed.jsonl` and `output/digests.xydg`; `output` must not hold a result yet.
  ///
  /// Time: about two readings of the input. Disk while it runs: 48 bytes a document for the sort, 16 and the id for the
  /// register, 32 a removal.
  public func run(output: String, observer: any RunObserver) throws -> Summary {
    let digestsPath = RunDirectory(root: output).absolute(DigestFormat.name)
    if fileSystem.exists(digestsPath) {
      throw PlainFailure(.cannotCreate, "\(digestsPath): exists already; choose another --output")
    }
    let result = try DeduplicatedOutput(
      output: output, format: format, evidence: ["removed.jsonl"], fileSystem: fileSystem)
    let scratch = try ScratchWork(output: output, fileSystem: fileSystem)
    let work = scratch.directory
    let earlier = try against.map { try openDigests($0) }
    let units = try UnitPass(pass, work: work)
    let register = try DocumentRegister(directory: work)
    let lines = LineTable(units: units.units)
    let sorter = SharedSorter(
      recordBytes: ExactRecord.byteCount, memoryBytes: memoryBytes / 2, directory: work)
    let withoutURL = Mutex(0)
    let tally = try units.run(stage: "digest", observer: observer) { task in
      var digester = DocumentDigester(self)
      var documents = register.writer(unit: task.unit)
      var records: [UInt8] = []
      for (index, source) in task.sources.enumerated() {
        try task.reader.forEachBatch([source]) { batch in
          lines.add(batch, unit: task.unit, source: index)
          for document in batch.documents {
            let position = try batch.withBytes(document.id) {
              try documents.append(source: index, line: document.line, id: $0)
            }
            digester.append(document, of: batch, position: position, to: &records)
          }
          try sorter.add(records)
          records.removeAll(keepingCapacity: true)
        }
      }
      try documents.flush()
      withoutURL.withLock { $0 += digester.withoutKey }
    }
    try units.check(tally, observer: observer)
    var summary = Summary(read: tally.records, quarantined: tally.bad)
    summary.withoutURL = withoutURL.withLock { $0 }
    let digests = try ChecksummedFileWriter(
      path: digestsPath + ".attempt", header: DigestFormat.header(form, within: within), fileSystem: fileSystem)
    defer { try? fileSystem.remove(digestsPath + ".attempt") }
    let removals = try decide(sorter, earlier: earlier, digests: digests, work: work, units: units.units.count)
    summary.removed = removals.count
    let input = RegisteredInput(
      units: units, register: try register.sealed(), linesBefore: lines.allBefore(),
      rewriter: RecordRewriter(textField: pass.textField, idField: pass.idField))
    let plan = ExactCopy(input: input, removals: removals, earlier: earlier.map(\.path), format: format)
    let (kept, removedAgainst) = try plan.run(into: result, memoryBytes: memoryBytes / 4, observer: observer)
    summary.kept = kept
    summary.removedAgainst = removedAgainst
    try result.finish(adding: [(try digests.finish(), DigestFormat.name)])
    return summary
  }

  private func openDigests(_ path: String) throws -> DigestFileReader {
    let inside = RunDirectory(root: path).absolute(DigestFormat.name)
    return try DigestFileReader(
      path: fileSystem.exists(inside) ? inside : path, form: form, within: within, fileSystem: fileSystem)
  }

  /// Goes through the groups of equal digests; hands out the removals in the order of the input.
  private func decide(
    _ sorter: SharedSorter, earlier: [DigestFileReader], digests: ChecksummedFileWriter, work: RunDirectory, units: Int
  ) throws -> UnitRecords {
    let removals = SharedSorter(
      recordBytes: RemovalRecord.byteCount, memoryBytes: memoryBytes / 4, directory: work)
    var group: (digest: Digest128, representative: UInt64)?
    var block: [UInt8] = []
    try sorter.forEachSorted { record in
      let digest = Digest128(high: loadBigEndian(record, at: 0), low: loadBigEndian(record, at: 8))
      let position = loadBigEndian(record, at: ExactRecord.positionOffset)
      if let group, group.digest == digest {
        RemovalRecord.append(position, group.representative, digest, to: &block)
      } else if let run = try earlier.firstIndex(where: { try $0.contains(digest) }) {
        group = (digest, RemovalRecord.earlier(run))
        RemovalRecord.append(position, RemovalRecord.earlier(run), digest, to: &block)
      } else {
        group = (digest, position)
        try digests.append {
          appendBigEndian(digest.high, to: &$0)
          appendBigEndian(digest.low, to: &$0)
        }
      }
      if block.count >= 1 << 16 {
        try removals.add(block)
        block.removeAll(keepingCapacity: true)
      }
    }
    try removals.add(block)
    for reader in earlier { try reader.finish() }
    return try UnitRecords(sorted: removals, name: "removals", units: units, directory: work)
  }
}

/// Digest 16, rank 24, position 8: sorted, the first of equal digests is the one that stays.
private enum ExactRecord {
  static let positionOffset = 16 + KeepRank.byteCount
  static let byteCount = positionOffset + 8
}

/// Position 8, position of the representative 8, digest 16.
private enum RemovalRecord {
  static let byteCount = 32

  /// Stands for a representative: an earlier run has it.
  static func earlier(_ run: Int) -> UInt64 { UInt64.max - UInt64(run) }
  static func run(_ representative: UInt64) -> Int { Int(UInt64.max - representative) }

  static func append(_ position: UInt64, _ representative: UInt64, _ digest: Digest128, to bytes: inout [UInt8]) {
    appendBigEndian(position, to: &bytes)
    appendBigEndian(representative, to: &bytes)
    appendBigEndian(digest.high, to: &bytes)
    appendBigEndian(digest.low, to: &bytes)
  }
}

/// Turns documents into records for the sort.
private struct DocumentDigester {
  private let form: ExactForm
  private let within: RepetitionScope
  private let keep: KeepPreference
  private var digester: ExactDigester
  private(set) var withoutKey = 0

  init(_ job: ExactDeduplicating) {
    form = job.form
    within = job.within
    keep = KeepPreference(job.keep, sources: job.sourcePriority, qualityField: job.qualityField)
    digester = ExactDigester(normalized: job.form != .text, foldsCase: job.form == .normalized)
  }

  mutating func append(
    _ document: DocumentRecord, of batch: DocumentBatch, position: UInt64, to records: inout [UInt8]
  ) {
    let text = batch.bytes.span.extracting(document.text)
    var digest: Digest128
    if form == .url {
      let address = batch.withBytes(document.otherFields) {
        JSONMembers(bytes: $0).url
      }
      guard let key = address.flatMap({ URLKey($0.span) }) else {
        withoutKey += 1
        return
      }
      digest = Digest128(hashing: key.bytes)
    } else if text.isEmpty {
      // Documents without text are nobody's duplicates: filters deal with them.
      return
    } else {
      digest = digester.digest(of: text)
    }
    digest = digest.within(group: within.group(document, of: batch, shard: batch.shard))
    appendBigEndian(digest.high, to: &records)
    appendBigEndian(digest.low, to: &records)
    var rank = KeepRank(place: keep.place(of: document, in: batch), textBytes: text.count, idHash: 0, textDigest: 0)
    if keep.rule != .earliest {
      rank.idHash = batch.withBytes(document.id) { hash64($0) }
      // The text's own digest is the key already when texts are compared.
      if form != .text { rank.textDigest = text.withUnsafeBytes { Digest128(hashing: $0).high } }
    }
    rank.append(rule: keep.rule, to: &records)
    appendBigEndian(position, to: &records)
  }
}

extension JSONMembers {
  /// Where a record says it comes from.
  var source: [UInt8]? { string(at: [["source"], ["meta", "source"]]) }

  /// The address of the page that a record was.
  var url: [UInt8]? { string(at: [["url"], ["meta", "url"]]) }
}

/// The second pass: copies kept lines, writes evidence.
private struct ExactCopy: Sendable {
  let input: RegisteredInput
  let removals: UnitRecords
  let earlier: [String]
  let format: KeptFormat

  func run(
    into result: DeduplicatedOutput, memoryBytes: Int, observer: any RunObserver
  ) throws -> (kept: Int, against: Int) {
    let output = OrderedOutput(limitBytes: memoryBytes) { _, chunk in try result.write(chunk) }
    let counts = Mutex((kept: 0, against: 0))
    _ = try input.units.run(stage: "copy", observer: observer, output: output) { task in
      let unit = task.unit
      let out = UnitOutput(unit: unit, lanes: 1, format: format, output: output)
      let removed = try removals.cursor(unit: unit)
      var documents = DocumentCursor(register: input.register, unit: unit)
      var kept = 0
      var against = 0
      for (index, source) in task.sources.enumerated() {
        try input.forEachRecord(of: source, index: index, task: task, documents: &documents) { position, line in
          guard removed.position == position else {
            try out.keep(line)
            kept += 1
            return
          }
          let representative = removed.number(at: 8)
          if representative >= RemovalRecord.earlier(earlier.count) { against += 1 }
          try out.note(
            evidence(
              position, representative, Digest128(high: removed.number(at: 16), low: removed.number(at: 24))), lane: 1)
          try removed.advance()
        }
      }
      try out.close()
      counts.withLock {
        $0.kept += kept
        $0.against += against
      }
    }
    return counts.withLock { $0 }
  }

  private func evidence(_ position: UInt64, _ representative: UInt64, _ digest: Digest128) -> [UInt8] {
    var line = EvidenceLine()
    input.place(of: position, in: &line)
    line.add("reason", DropReason.exactDuplicate.rawValue)
    if representative >= RemovalRecord.earlier(earlier.count) {
      line.add("representative", "\(earlier[RemovalRecord.run(representative)])#\(digest)")
    } else {
      line.add("representative", input.name(of: representative))
    }
    line.add("similarity", 1.0)
    return line.finished()
  }
}
