// `xylem dedup near`: documents that are nearly another one.
//
//   pass 1   document -> fingerprint (232 bytes, in order), an entry in the register of documents, and its shingle set
//            as long as those fit into a quarter of the memory
//   search   as in the deduplicate stage: equal digests, bands, exact comparison, stars; sorted outside memory
//   pass 2   lines as they stand, but for the removed ones; a line of evidence for each of those
import CorpusCore
import CorpusIO
import Deduplication
import Foundation
import Synchronization

public struct NearDeduplicating: Sendable {
  public var pass: InputPass
  /// They have been validated.
  public var options = NearDuplicateOptions()
  public var keep = KeepRule.longest
  /// Sources from best to worst, for `KeepRule.source`.
  public var sourcePriority: [String] = []
  /// Member of the record, or path to it, for `KeepRule.quality`.
  public var qualityField = KeepPreference.defaultQualityField
  /// Among which documents near ones are looked for, and equal ones.
  public var within = RepetitionScope.all
  public var memoryBytes: Int
  /// Outputs of earlier near deduplications, their fingerprint files, or run directories: what they kept counts as there.
  public var against: [String] = []
  public var format = KeptFormat()
  public var fileSystem: any FileSystem = LocalFileSystem()

  public init(pass: InputPass, memoryBytes: Int) {
    self.pass = pass
    self.memoryBytes = memoryBytes
  }

  public struct Summary: Codable, Sendable {
    public var read = 0
    public var kept = 0
    public var removed = 0
    public var quarantined = 0
    public var candidatePairs = 0
    public var verifiedPairs = 0
    /// Of the removed: documents that an earlier run has.
    public var removedAgainst = 0

    enum CodingKeys: String, CodingKey {
      case read, kept, removed, quarantined
      case candidatePairs = "candidate_pairs"
      case verifiedPairs = "verified_pairs"
      case removedAgainst = "removed_against"
    }
  }

  /// Writes `output/kept/`, `output/removed.jsonl`, `output/clusters.jsonl` and `output/fingerprints.xynf`; `output` must
  /// not hold a result yet.
  ///
  /// Time: a reading with fingerprints (see `FingerprintBuilder`), one that copies lines, and between them one of the
  /// units with candidates whose sets did not stay in memory. Disk while it runs: 232 bytes a document, 20 and the id for
  /// the register, 18 to 22 for each of 8 bands at a time, 8 a shingle of documents in a pair.
  public func run(output: String, observer: any RunObserver) throws -> Summary {
    let destination = RunDirectory(root: output, fileSystem: fileSystem)
    let fingerprintsPath = destination.absolute(FingerprintFileFormat.name)
    if fileSystem.exists(fingerprintsPath) {
      throw PlainFailure(.cannotCreate, "\(fingerprintsPath): exists already; choose another --output")
    }
    let result = try DeduplicatedOutput(
      output: output, format: format, evidence: ["removed.jsonl", "clusters.jsonl"], fileSystem: fileSystem)
    let scratch = try ScratchWork(output: output, fileSystem: fileSystem)
    let work = scratch.directory
    let space = DeduplicationSpace(
      directory: work.root, memoryBytes: memoryBytes, workers: pass.workers, fileSystem: fileSystem)
    let earlier =
      against.isEmpty ? nil : try EarlierFingerprints(against, options: options, within: within, fileSystem: fileSystem)
    try earlier?.verifyChecksums()
    let units = try UnitPass(pass, work: work)
    let register = try DocumentRegister(directory: work)
    let lines = LineTable(units: units.units)
    let (input, tally) = try FingerprintedInput.make(
      units, options: options,
      keep: KeepPreference(keep, sources: sourcePriority, qualityField: qualityField), within: within,
      register: register, lines: lines, space: space, observer: observer)
    try units.check(tally, observer: observer)
    let documents = KnownDocuments(fingerprints: input.fingerprints, earlier: earlier, count: input.fingerprints.count)
    var search = DuplicateSearch(documents: documents, texts: input, space: space)
    search.equal = [EqualityOptions(kind: .text, rule: keep, withinGroup: within != .all)]
    search.near = NearSearch(options: options, rule: keep, withinGroup: within != .all)
    let duplicates = try search.run()
    var summary = Summary(read: tally.records, removed: duplicates.count, quarantined: tally.bad)
    summary.candidatePairs = search.candidatePairs
    summary.verifiedPairs = search.verifiedPairs
    let known = try writeFingerprints(input.fingerprints, without: duplicates, to: fingerprintsPath + ".attempt")
    defer { try? fileSystem.remove(fingerprintsPath + ".attempt") }
    let registered = RegisteredInput(
      units: units, register: try register.sealed(), linesBefore: lines.allBefore(),
      rewriter: RecordRewriter(textField: pass.textField, idField: pass.idField))
    let clusters = try ClusterSizes(of: duplicates, space: space)
    let copy = NearCopy(
      input: registered, firsts: input.firsts, duplicates: duplicates, clusters: clusters,
      names: try representatives(of: clusters, firsts: input.firsts, in: registered, space: space),
      earlier: earlier, count: documents.count, format: format)
    (summary.kept, summary.removedAgainst) = try copy.run(
      into: result, memoryBytes: memoryBytes / 4, observer: observer)
    try result.finish(adding: [(known, FingerprintFileFormat.name)])
    return summary
  }

  /// The records of what is kept, for a later run. Documents without text are near nothing and leave none.
  private func writeFingerprints(
    _ fingerprints: MappedFingerprints, without duplicates: DuplicateList, to path: String
  ) throws -> FileSummary {
    let writer = try ChecksummedFileWriter(
      path: path, header: FingerprintFileFormat.header(options, within: within), fileSystem: fileSystem)
    var next = 0
    try fingerprints.forEach { number, record in
      if next < duplicates.count, duplicates[next].number == number {
        next += 1
      } else if FingerprintLayout.textBytes(record) > 0 {
        try writer.append { $0.append(contentsOf: record) }
      }
    }
    return try writer.finish()
  }

  /// What the survivors of this input are called: they are met in the copy behind documents that they stand for.
  private func representatives(
    of clusters: ClusterSizes, firsts: [Int], in input: RegisteredInput, space: DeduplicationSpace
  ) throws -> NumberedBytes {
    let names = try NumberedBytes.Writer("names", space: space)
    var next = 0
    for unit in input.units.units.indices where next < clusters.count {
      // A unit without a survivor is not walked through.
      guard clusters[next].representative < firsts[unit + 1] else { continue }
      var cursor = DocumentCursor(register: input.register, unit: unit)
      for number in firsts[unit]..<firsts[unit + 1] {
        guard next < clusters.count else { break }
        if clusters[next].representative == number {
          try input.name(of: cursor.position).withUnsafeBytes { try names.append(number, $0) }
          next += 1
        }
        cursor.advance()
      }
    }
    return try names.finish()
  }
}

/// The second pass: copies kept lines, writes evidence.
private struct NearCopy: Sendable {
  let input: RegisteredInput
  let firsts: [Int]
  let duplicates: DuplicateList
  let clusters: ClusterSizes
  let names: NumberedBytes
  let earlier: EarlierFingerprints?
  /// Documents of this input; higher numbers are those of earlier runs.
  let count: Int
  let format: KeptFormat

  func run(
    into result: DeduplicatedOutput, memoryBytes: Int, observer: any RunObserver
  ) throws -> (kept: Int, against: Int) {
    let output = OrderedOutput(limitBytes: memoryBytes) { _, chunk in try result.write(chunk) }
    let counts = Mutex((kept: 0, against: 0))
    _ = try input.units.run(stage: "copy", observer: observer, output: output) { task in
      let out = UnitOutput(unit: task.unit, lanes: 2, format: format, output: output)
      var documents = DocumentCursor(register: input.register, unit: task.unit)
      var number = firsts[task.unit]
      var removed = duplicates.firstIndex(from: number)
      var survivor = clusters.firstIndex(from: number)
      var kept = 0
      var against = 0
      for (index, source) in task.sources.enumerated() {
        try input.forEachRecord(of: source, index: index, task: task, documents: &documents) { position, line in
          defer { number += 1 }
          if removed < duplicates.count, duplicates[removed].number == number {
            let duplicate = duplicates[removed]
            if duplicate.representative >= count { against += 1 }
            try out.note(evidence(duplicate, at: position), lane: 1)
            removed += 1
            return
          }
          if survivor < clusters.count, clusters[survivor].representative == number {
            var found = EvidenceLine()
            input.place(of: position, in: &found)
            found.add("cluster", number)
            found.add("documents", clusters[survivor].size)
            try out.note(found.finished(), lane: 2)
            survivor += 1
          }
          try out.keep(line)
          kept += 1
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

  private func evidence(_ duplicate: Duplicate, at position: UInt64) -> [UInt8] {
    var line = EvidenceLine()
    input.place(of: position, in: &line)
    line.add("reason", duplicate.reason.rawValue)
    if duplicate.representative >= count {
      line.add("representative", earlier?.name(of: duplicate.representative - count) ?? "")
    } else {
      line.add("representative", names.with(duplicate.representative) { Array($0) } ?? [])
    }
    line.add("similarity", Double(duplicate.similarity))
    line.add("cluster", duplicate.representative)
    return line.finished()
  }
}
