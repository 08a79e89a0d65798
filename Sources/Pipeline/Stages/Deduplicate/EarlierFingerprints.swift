// What earlier runs kept, as fingerprints alone: new documents that are near one of theirs go. Their text is not needed,
// so those pairs are decided by the sketch (standard deviation 0.020 at similarities of 0.75 to 0.9), not exactly.
import CorpusCore
import CorpusIO
import Deduplication

/// Kept documents of some earlier runs, numbered one after another; read by any thread. The files are mapped: the kernel
/// keeps in memory what is used. Removed documents of a run have a number and are passed over.
final class EarlierFingerprints: Sendable {
  private struct Segment {
    let name: String
    let map: MappedFile
    /// Where the first record begins.
    let offset: Int
    let recordBytes: Int
    /// The file ends with one; it has been compared when `verifyChecksums` returned.
    var hasChecksum: Bool { offset > 0 }
    let documents: Int
    let first: Int
    let removed: [UInt64]
  }
  private let segments: [Segment]
  /// Numbers, those of removed documents included.
  let count: Int
  /// What the fingerprints are, for the identity of a unit that reads them.
  let digests: [String]

  /// `paths`: outputs of `xylem dedup near`, their fingerprint files, or run directories. `within` is that of the search:
  /// groups of another kind cannot be compared. With `urls` the records must have them, which those of run directories do
  /// whose pipeline has `deduplicate_url`.
  init(
    _ paths: [String], options: NearDuplicateOptions, within: RepetitionScope = .all, urls: Bool = false,
    fileSystem: any FileSystem
  ) throws {
    var segments: [Segment] = []
    var digests: [String] = []
    var next = 0
    func add(
      _ name: String, _ map: MappedFile, from offset: Int, _ layout: FingerprintLayout, documents: Int,
      removed: [UInt64], digest: String
    ) throws {
      guard layout.hasURL || !urls else {
        throw PlainFailure(
          .configuration, "\(name): has no URLs, which are to be compared; name a run with the step deduplicate_url")
      }
      segments.append(
        Segment(
          name: name, map: map, offset: offset, recordBytes: layout.recordBytes, documents: documents, first: next,
          removed: removed))
      digests.append(digest)
      next += documents
    }
    for path in paths {
      let run = RunDirectory(root: path, fileSystem: fileSystem)
      let inside = run.absolute(FingerprintFileFormat.name)
      if try fileSystem.isPresent(run.absolute(RunDirectory.runFile)) {
        let (catalog, layout) = try Self.catalog(of: run, options: options, within: within)
        for part in catalog.parts {
          let file = run.absolute(RunDirectory.fingerprints(part.name))
          let map = try MappedFile(path: file, fileSystem: fileSystem)
          guard map.count == part.documents * layout.recordBytes else {
            throw PlainFailure(
              .badData, "\(file): \(map.count) bytes, expected \(part.documents * layout.recordBytes); run verify")
          }
          let removed = try readRemovals(part.name, directory: run)
          try add(
            file, map, from: 0, layout, documents: part.documents, removed: removed,
            digest: "\(part.digest) \(Digest128(hashing: RemovalList(sortedOrdinals: removed).encode()))")
        }
      } else {
        let file = try fileSystem.isPresent(inside) ? inside : path
        guard try fileSystem.isPresent(file) else {
          throw PlainFailure(.noInput, "\(path): not there; --against takes an output of `xylem dedup near` or a run")
        }
        let map = try MappedFile(path: file, fileSystem: fileSystem)
        let layout = FingerprintLayout(near: options)
        let documents = try Self.check(
          map, path: file, options: options, within: within, recordBytes: layout.recordBytes)
        try add(
          file, map, from: FingerprintFileFormat.headerBytes, layout, documents: documents, removed: [],
          digest: map.withBytes(map.count - 16..<map.count) {
            $0.map { String($0, radix: 16) }.joined(separator: ".")
          })
      }
    }
    self.segments = segments
    self.digests = digests
    count = next
  }

  /// `FILE#N`: the N-th record of a fingerprint file, from 0.
  func name(of number: Int) -> String {
    let segment = segments[locate(number)]
    return "\(segment.name)#\(number - segment.first)"
  }

  func withRecord<Result>(_ number: Int, _ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    let segment = segments[locate(number)]
    let start = segment.offset + (number - segment.first) * segment.recordBytes
    return try segment.map.withBytes(start..<start + segment.recordBytes, body)
  }

  /// Every document that was kept, in order of its number.
  func forEach(_ body: (Int, UnsafeRawBufferPointer) throws -> Void) rethrows {
    for segment in segments {
      var removed = segment.removed[...]
      var released = 0
      for ordinal in 0..<segment.documents {
        if removed.first == UInt64(ordinal) {
          removed = removed.dropFirst()
          continue
        }
        let start = segment.offset + ordinal * segment.recordBytes
        try segment.map.withBytes(start..<start + segment.recordBytes) { try body(segment.first + ordinal, $0) }
        if start - released >= MappedFingerprints.releaseBytes {
          segment.map.release()
          released = start
        }
      }
      segment.map.release()
    }
  }

  /// See `MappedFile.release`.
  func release() {
    for segment in segments { segment.map.release() }
  }

  private func locate(_ number: Int) -> Int {
    max(1, lowerBound(segments.count) { segments[$0].first <= number }) - 1
  }

  /// The number of records of a fingerprint file that was made with the same options.
  private static func check(
    _ map: MappedFile, path: String, options: NearDuplicateOptions, within: RepetitionScope, recordBytes: Int
  ) throws -> Int {
    let header = FingerprintFileFormat.header(options, within: within)
    let body = map.count - header.count - ChecksummedFileWriter.trailerBytes
    guard body >= 0, map.withBytes(0..<4, { $0.elementsEqual(FingerprintFileFormat.magic) }) else {
      throw PlainFailure(.badData, "\(path): not a fingerprint file: it does not begin with XYNF, or is cut short")
    }
    let found = map.withBytes(0..<header.count) { Array($0) }
    // Where all are compared with all, groups do not matter.
    guard found == header || within == .all && found == FingerprintFileFormat.header(options, within: .source) else {
      throw PlainFailure(
        .configuration,
        "\(path): written with another --shingle, --words, --bands, --rows, --seed or --within, or by another version; use "
          + "the same ones")
    }
    guard body % recordBytes == 0 else {
      throw PlainFailure(.badData, "\(path): \(map.count) bytes cannot be a fingerprint file; make it again")
    }
    return body / recordBytes
  }

  /// Reads all of the fingerprint files and compares their checksums; the files of a run have theirs in its manifests, for
  /// `xylem verify`. Whoever takes records calls it once before.
  func verifyChecksums() throws {
    for segment in segments where segment.hasChecksum {
      let map = segment.map
      let end = map.count - 16
      let written = map.withBytes(end..<map.count) {
        Digest128(high: loadBigEndian($0, at: 0), low: loadBigEndian($0, at: 8))
      }
      var digest = StreamingDigest()
      for start in stride(from: 0, to: end, by: MappedFingerprints.releaseBytes) {
        map.withBytes(start..<min(end, start + MappedFingerprints.releaseBytes)) { digest.update($0) }
        map.release()
      }
      guard digest.digest() == written else {
        throw PlainFailure(.badData, "\(segment.name): the checksum differs; make it again")
      }
    }
  }

  private static func catalog(
    of run: RunDirectory, options: NearDuplicateOptions, within: RepetitionScope
  ) throws -> (PartCatalog, FingerprintLayout) {
    let record = try decodeJSON(RunRecord.self, path: run.absolute(RunDirectory.runFile), fileSystem: run.fileSystem)
    guard let near = record.configuration.deduplicateNear?.options else {
      throw PlainFailure(
        .configuration, "\(run.root): this run has no near fingerprints (its pipeline has no deduplicate_near)")
    }
    guard record.version == xylemVersion,
      FingerprintFileFormat.header(near, within: .all) == FingerprintFileFormat.header(options, within: .all)
    else {
      throw PlainFailure(
        .configuration,
        "\(run.root): made by version \(record.version) with shingle \(near.shingle), words \(near.words.rawValue), "
          + "bands \(near.bands), rows \(near.rows), seed \(near.seed); only fingerprints of "
          + "this version and the same options compare")
    }
    let groups = record.configuration.fingerprintScope
    guard within == .all || within.recorded == groups else {
      throw PlainFailure(
        .configuration, "\(run.root): its documents are grouped by \(groups.rawValue), not by \(within.rawValue)")
    }
    let deduplicated = run.absolute(
      RunDirectory.manifest(stage: DeduplicateStage.name, unit: DeduplicateStage.unitLabel))
    guard try run.fileSystem.isPresent(deduplicated) else {
      throw PlainFailure(.noInput, "\(run.root): deduplication is not done there; finish the run first")
    }
    let plan = try decodeJSON(
      StagePlan.self, path: run.absolute(RunDirectory.plan(stage: CollectStage.name)), fileSystem: run.fileSystem)
    let catalog = PartCatalog(
      try plan.units.map { unit in
        try decodeJSON(
          UnitManifest<CollectCounts>.self,
          path: run.absolute(RunDirectory.manifest(stage: CollectStage.name, unit: unit)), fileSystem: run.fileSystem)
      })
    return (catalog, FingerprintLayout(record.configuration))
  }
}
