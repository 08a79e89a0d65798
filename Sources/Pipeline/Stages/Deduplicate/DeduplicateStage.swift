// deduplicate: the one barrier where all documents meet. Reads fingerprints, writes one removal list a prepared part and
// one line of evidence a removal; no text is rewritten.
import CorpusCore
import CorpusIO
import Deduplication
import Foundation

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
  private var layout: FingerprintLayout { FingerprintLayout(configuration) }
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
    try earlier?.verifyChecksums()
    let fingerprints = try MappedFingerprints(directory: attempt.directory, catalog: catalog, layout: layout)
    let documents = KnownDocuments(fingerprints: fingerprints, earlier: earlier, count: catalog.documentCount)
    let texts = PreparedTexts(directory: attempt.directory, catalog: catalog, fingerprints: fingerprints)
    var counts = DeduplicateCounts()
    let workers = configuration.workers ?? ProcessInfo.processInfo.activeProcessorCount
    let space = attempt.space(workers: workers)
    var search = DuplicateSearch(documents: documents, texts: texts, space: space)
    search.equal =
      [
        configuration.deduplicateExact.map {
          EqualityOptions(kind: .text, rule: $0.keep, withinGroup: $0.within != .all)
        },
        configuration.deduplicateURL.map { EqualityOptions(kind: .url, rule: $0.keep, withinGroup: $0.within != .all) },
      ].compactMap { $0 }
    search.near = configuration.deduplicateNear.map {
      NearSearch(options: $0.options, rule: $0.keep, withinGroup: $0.within != .all)
    }
    let duplicates = try search.run()
    counts.candidatePairs = search.candidatePairs
    counts.verifiedPairs = search.verifiedPairs
    attempt.progress.add(bytes: unit.bytes, documents: catalog.documentCount)
    try writeRemovals(duplicates, attempt: attempt)
    let clusters = try ClusterSizes(of: duplicates, space: space)
    try writeEvidence(
      duplicates, clusters: clusters, documents: documents, texts: texts, space: space, attempt: attempt,
      counts: &counts)
    duplicates.forEach { duplicate in
      let language = catalog.parts[catalog.locate(duplicate.number).part].name.language
      counts.removed[language, default: [:]][duplicate.reason.rawValue, default: 0] += 1
      counts.removedBytes[language, default: 0] += texts.textBytes(of: duplicate.number)
    }
    for index in 0..<clusters.count { counts.clusterSizes[clusters[index].size, default: 0] += 1 }
    return counts
  }

  private func writeRemovals(_ duplicates: DuplicateList, attempt: Attempt) throws {
    var position = 0
    for part in catalog.parts {
      var ordinals: [UInt64] = []
      while position < duplicates.count {
        let number = duplicates[position].number
        guard number < part.firstNumber + part.documents else { break }
        ordinals.append(UInt64(number - part.firstNumber))
        position += 1
      }
      try attempt.write(RemovalList(sortedOrdinals: ordinals).encode(), as: RunDirectory.removals(part.name))
    }
  }

  /// One line a removal, in document order; one line a survivor of a cluster; and some pairs with text for the report.
  private func writeEvidence(
    _ duplicates: DuplicateList, clusters: ClusterSizes, documents: KnownDocuments, texts: PreparedTexts,
    space: DeduplicationSpace, attempt: Attempt, counts: inout DeduplicateCounts
  ) throws {
    let sampled = sample(of: duplicates, documents: documents)
    let shown = Set(sampled.flatMap { [$0.number, $0.representative] })
    let chosen = space.sorter(recordBytes: 8)
    try duplicates.forEach { duplicate in
      try chosen.add(UInt64(duplicate.number))
      if documents.isEarlier(duplicate.representative) {
        counts.removedAgainst += 1
      } else {
        try chosen.add(UInt64(duplicate.representative))
      }
    }
    var heads: [Int: String] = [:]
    let writer = try NumberedBytes.Writer("ids", space: space)
    let cursor = PreparedCursor(texts)
    try chosen.forEachUnique { number in
      try cursor.visit(number) { record, batch in
        try batch.withBytes(record.id) { try writer.append(number, $0) }
        if shown.contains(number) { heads[number] = head(Array(batch.bytes[record.text]), bytes: 600) }
      }
    }
    let ids = try writer.finish()
    func id(_ number: Int) -> String {
      if documents.isEarlier(number) { return earlier?.name(of: number - documents.count) ?? "" }
      return ids.with(number) { String(decoding: $0, as: UTF8.self) } ?? ""
    }
    var evidence = try CompressedLines(attempt: attempt)
    try duplicates.forEach { duplicate in
      try evidence.append { lines in
        lines.append(contentsOf: "{\"id\":".utf8)
        appendJSONString(id(duplicate.number), to: &lines)
        lines.append(contentsOf: ",\"representative\":".utf8)
        appendJSONString(id(duplicate.representative), to: &lines)
        lines.append(contentsOf: ",\"similarity\":\(rounded(duplicate.similarity))".utf8)
        lines.append(contentsOf: ",\"cluster\":\(duplicate.representative)".utf8)
        lines.append(contentsOf: ",\"reason\":\"\(duplicate.reason.rawValue)\"}\n".utf8)
      }
    }
    attempt.add(try evidence.finish(), as: RunDirectory.evidence)
    var survivors = try CompressedLines(attempt: attempt)
    for index in 0..<clusters.count {
      let (number, size) = clusters[index]
      // Those of earlier runs are not this run's to count.
      guard !documents.isEarlier(number) else { break }
      let (part, ordinal) = catalog.locate(number)
      var line = EvidenceLine()
      line.add("id", id(number))
      line.add("cluster", number)
      line.add("documents", size)
      line.add("part", RunDirectory.prepared(catalog.parts[part].name))
      line.add("ordinal", ordinal)
      let bytes = line.finished()
      try survivors.append(bytes)
    }
    attempt.add(try survivors.finish(), as: RunDirectory.clusters)
    counts.pairs = sampled.map { pair in
      DuplicatePair(
        language: catalog.parts[catalog.locate(pair.number).part].name.language, reason: pair.reason.rawValue,
        similarity: Double(pair.similarity), keptID: id(pair.representative), removedID: id(pair.number),
        keptText: heads[pair.representative] ?? "", removedText: heads[pair.number] ?? "")
    }
  }

  /// Near duplicates spread evenly over all; exact ones teach little, and those of earlier runs have no text here.
  private func sample(of duplicates: DuplicateList, documents: KnownDocuments) -> [Duplicate] {
    func isShown(_ duplicate: Duplicate) -> Bool {
      duplicate.reason == .nearDuplicate && !documents.isEarlier(duplicate.representative)
    }
    var near = 0
    duplicates.forEach { if isShown($0) { near += 1 } }
    let stride = max(1, near / Self.samplePairs)
    var sampled: [Duplicate] = []
    var position = 0
    duplicates.forEach { duplicate in
      guard isShown(duplicate) else { return }
      if position % stride == 0, sampled.count < Self.samplePairs { sampled.append(duplicate) }
      position += 1
    }
    return sampled
  }

  private func rounded(_ similarity: Float) -> Double { (Double(similarity) * 10_000).rounded() / 10_000 }
}
