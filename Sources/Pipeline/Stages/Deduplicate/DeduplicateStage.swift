// deduplicate: the one barrier where all documents meet. Reads fingerprints, writes one removal list a prepared part and
// one line of evidence a removal; no text is rewritten.
import CorpusCore
import CorpusIO
import Deduplication

/// What was taken out and why.
public struct DeduplicateCounts: Codable, Sendable {
  /// Language -> reason -> documents, and the bytes of their text.
  public var removed: [String: [String: Int]] = [:]
  public var removedBytes: [String: Int] = [:]
  public var candidatePairs = 0
  public var verifiedPairs = 0
  /// Of the removed: documents that an earlier run has.
  public var removedAgainst = 0
  /// Cluster size (the kept document included) -> number of clusters.
  public var clusterSizes: [Int: Int] = [:]
  public var pairs: [DuplicatePair] = []
}

/// A removal shown to people.
public struct DuplicatePair: Codable, Sendable {
  public var language: String
  public var reason: String
  public var similarity: Double
  public var keptID: String
  public var removedID: String
  public var keptText: String
  public var removedText: String
}

struct DeduplicateStage: Stage {
  static let name = "deduplicate"
  static let unitLabel = "all"
  private static let samplePairs = 40
  let configuration: PipelineConfiguration
  let catalog: PartCatalog
  let layout: FingerprintLayout
  /// What earlier runs kept, where new documents are held against them.
  var earlier: EarlierFingerprints?

  func units() -> [PlannedUnit<Void>] {
    let identity = unitIdentity(
      stage: Self.name, configuration: configuration.digest,
      parts: catalog.parts.map(\.digest.description) + (earlier?.digests ?? []))
    let bytes = catalog.documentCount * layout.recordBytes
    return [PlannedUnit(label: Self.unitLabel, identity: identity, bytes: bytes, work: ())]
  }

  func run(_ unit: PlannedUnit<Void>, attempt: Attempt) throws -> DeduplicateCounts {
    let directory = attempt.directory
    let fingerprints = try MappedFingerprints(directory: directory, catalog: catalog, layout: layout)
    let documents = KnownDocuments(fingerprints: fingerprints, earlier: earlier, count: catalog.documentCount)
    var counts = DeduplicateCounts()
    var removed = DocumentSet(capacity: catalog.documentCount)
    var duplicates: [Duplicate] = []
    if let exact = configuration.deduplicateExact {
      duplicates = try exactDuplicates(of: documents, rule: exact.keep.rule, attempt: attempt)
      for duplicate in duplicates { removed.insert(duplicate.number) }
    }
    if Interruption.isRequested { throw Interrupted() }
    let texts = PreparedTexts(directory: directory, catalog: catalog, fingerprints: fingerprints)
    if let near = configuration.deduplicateNear {
      let candidates = try candidatePairs(
        of: documents, excluding: removed, options: near.options, rule: near.keep.rule, attempt: attempt)
      counts.candidatePairs = candidates.count
      let exact = near.options.verify ? candidates.filter { !documents.isEarlier($0.better) } : []
      let estimated = near.options.verify ? candidates.filter { documents.isEarlier($0.better) } : candidates
      let edges =
        try verifiedEdges(exact, options: near.options, budget: attempt.memoryBytes / 2, texts: texts)
        + estimatedEdges(estimated, options: near.options, documents: documents)
      counts.verifiedPairs = edges.count
      let stars = selectStars(edges: edges) { a, b in
        documents.ranked(Int(a)).precedes(documents.ranked(Int(b)), rule: near.keep.rule)
      }
      duplicates += stars.map {
        Duplicate(
          number: Int($0.document), representative: Int($0.representative), similarity: $0.similarity,
          reason: .nearDuplicate)
      }
    }
    duplicates.sort { $0.number < $1.number }
    try resolveRepresentatives(&duplicates)
    attempt.progress.add(bytes: unit.bytes, documents: catalog.documentCount)
    try writeRemovals(duplicates, attempt: attempt)
    try writeEvidence(duplicates, documents: documents, texts: texts, attempt: attempt, counts: &counts)
    for duplicate in duplicates {
      let language = catalog.parts[catalog.locate(duplicate.number).part].name.language
      counts.removed[language, default: [:]][duplicate.reason.rawValue, default: 0] += 1
      counts.removedBytes[language, default: 0] += texts.approximateBytes(of: duplicate.number) - 64
    }
    let clusters = Dictionary(grouping: duplicates, by: \.representative)
    for (_, members) in clusters { counts.clusterSizes[members.count + 1, default: 0] += 1 }
    return counts
  }

  /// The first step may keep a document that the second removes: evidence names the one that is there in the end.
  private func resolveRepresentatives(_ duplicates: inout [Duplicate]) throws {
    var representative: [Int: (Int, Float)] = [:]
    for duplicate in duplicates where duplicate.reason == .nearDuplicate {
      representative[duplicate.number] = (duplicate.representative, duplicate.similarity)
    }
    for index in duplicates.indices {
      if let (kept, similarity) = representative[duplicates[index].representative] {
        duplicates[index].representative = kept
        duplicates[index].similarity = similarity
      }
    }
  }

  private func estimatedEdges(
    _ candidates: [(better: Int, worse: Int)], options: NearDuplicateOptions, documents: KnownDocuments
  ) -> [Edge] {
    candidates.compactMap { pair in
      let similarity = documents.withRecord(pair.better) { a in
        documents.withRecord(pair.worse) { b in
          estimatedSimilarity(
            UnsafeRawBufferPointer(rebasing: a[FingerprintLayout.headerBytes...]),
            UnsafeRawBufferPointer(rebasing: b[FingerprintLayout.headerBytes...]), options: options)
        }
      }
      guard similarity >= options.threshold else { return nil }
      return Edge(a: UInt64(pair.better), b: UInt64(pair.worse), similarity: Float(similarity))
    }
  }

  private func writeRemovals(_ duplicates: [Duplicate], attempt: Attempt) throws {
    var position = 0
    for part in catalog.parts {
      var ordinals: [UInt64] = []
      while position < duplicates.count, duplicates[position].number < part.firstNumber + part.documents {
        ordinals.append(UInt64(duplicates[position].number - part.firstNumber))
        position += 1
      }
      try attempt.write(RemovalList(sortedOrdinals: ordinals).encode(), as: RunDirectory.removals(part.name))
    }
  }

  /// One line a removal, in document order, and some pairs with text for the report.
  private func writeEvidence(
    _ duplicates: [Duplicate], documents: KnownDocuments, texts: PreparedTexts, attempt: Attempt,
    counts: inout DeduplicateCounts
  ) throws {
    let numbers = Array(Set(duplicates.flatMap { [$0.number, $0.representative] })).filter { !documents.isEarlier($0) }
      .sorted()
    // A sample spread evenly over all removals, near ones first: exact ones teach little.
    let near = duplicates.filter { $0.reason == .nearDuplicate && !documents.isEarlier($0.representative) }
    let stride = max(1, near.count / Self.samplePairs)
    let sampled = near.enumerated().filter { $0.offset % stride == 0 }.prefix(Self.samplePairs).map(\.element)
    let shown = Set(sampled.flatMap { [$0.number, $0.representative] })
    var ids: [Int: String] = [:]
    var heads: [Int: String] = [:]
    try texts.forEach(numbers) { number, record, batch in
      ids[number] = String(decoding: batch.bytes[record.id], as: UTF8.self)
      if shown.contains(number) { heads[number] = head(Array(batch.bytes[record.text]), bytes: 600) }
    }
    for duplicate in duplicates where documents.isEarlier(duplicate.representative) {
      counts.removedAgainst += 1
      ids[duplicate.representative] = earlier?.name(of: duplicate.representative - documents.count)
    }
    var lines: [UInt8] = []
    let evidence = try attempt.createOutput()
    let compressor = FrameCompressor()
    for duplicate in duplicates {
      lines.append(contentsOf: "{\"id\":".utf8)
      appendJSONString(ids[duplicate.number] ?? "", to: &lines)
      lines.append(contentsOf: ",\"representative\":".utf8)
      appendJSONString(ids[duplicate.representative] ?? "", to: &lines)
      lines.append(contentsOf: ",\"similarity\":\(rounded(duplicate.similarity))".utf8)
      lines.append(contentsOf: ",\"cluster\":\(duplicate.representative)".utf8)
      lines.append(contentsOf: ",\"reason\":\"\(duplicate.reason.rawValue)\"}\n".utf8)
      if lines.count >= 4 << 20 {
        try evidence.write(lines.withUnsafeBytes { compressor.compress($0) })
        lines.removeAll(keepingCapacity: true)
      }
    }
    try evidence.write(lines.withUnsafeBytes { compressor.compress($0) })
    attempt.add(try evidence.finish(), as: RunDirectory.evidence)
    counts.pairs = sampled.map { pair in
      DuplicatePair(
        language: catalog.parts[catalog.locate(pair.number).part].name.language, reason: pair.reason.rawValue,
        similarity: Double(pair.similarity), keptID: ids[pair.representative] ?? "", removedID: ids[pair.number] ?? "",
        keptText: heads[pair.representative] ?? "", removedText: heads[pair.number] ?? "")
    }
  }

  private func rounded(_ similarity: Float) -> Double { (Double(similarity) * 10_000).rounded() / 10_000 }
}
