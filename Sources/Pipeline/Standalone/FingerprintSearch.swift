// The search of the deduplicate stage over fingerprints alone: what shows that its memory stays where it is told, for more
// documents than there is text at hand. Every pair is decided by the sketch.
import Deduplication
import CorpusCore
import CorpusIO

package struct FingerprintSearch {
  /// Files of `FingerprintLayout` records, back to back; no header.
  package var files: [String]
  package var options: NearDuplicateOptions
  package var memoryBytes: Int
  package var workers: Int

  package init(files: [String], options: NearDuplicateOptions, memoryBytes: Int, workers: Int) {
    self.files = files
    self.options = options
    self.options.verify = false
    self.memoryBytes = memoryBytes
    self.workers = workers
  }

  package struct Summary: Codable, Sendable {
    package var documents = 0
    package var exact = 0
    package var near = 0
    package var candidatePairs = 0
    package var edges = 0
    package var clusters = 0
  }

  package static func recordBytes(_ options: NearDuplicateOptions) -> Int {
    FingerprintLayout(near: options).recordBytes
  }

  package static let nearOffset = FingerprintLayout.headerBytes

  /// Sorts in `scratch`, which is there. Calls `body` with each removal, in order of the document's number.
  package func run(scratch: String, _ body: (Int, Int) -> Void) throws -> Summary {
    let fileSystem = LocalFileSystem()
    let maps = try files.map { try MappedFile(path: $0, fileSystem: fileSystem) }
    let fingerprints = MappedFingerprints(maps, layout: FingerprintLayout(near: options))
    let documents = KnownDocuments(fingerprints: fingerprints, earlier: nil, count: fingerprints.count)
    let space = DeduplicationSpace(
      directory: scratch, memoryBytes: memoryBytes, workers: workers, fileSystem: fileSystem)
    var search = DuplicateSearch(documents: documents, texts: NoTexts(), space: space)
    search.equal = [EqualityOptions(kind: .text, rule: .longest)]
    search.near = NearSearch(options: options, rule: .longest)
    let duplicates = try search.run()
    var summary = Summary()
    summary.documents = documents.count
    summary.candidatePairs = search.candidatePairs
    summary.edges = search.verifiedPairs
    duplicates.forEach { duplicate in
      if duplicate.reason == .nearDuplicate { summary.near += 1 } else { summary.exact += 1 }
      body(duplicate.number, duplicate.representative)
    }
    summary.clusters = try ClusterSizes(of: duplicates, space: space).count
    return summary
  }
}

/// Sets are asked for only where pairs are verified.
private struct NoTexts: ShingleSource {
  func forEachSet(
    of chosen: ExternalSorter, options: NearDuplicateOptions, _ body: (Int, UnsafeRawBufferPointer) throws -> Void
  ) throws {}
}
