// Records of segments in a file, ascending: mapped, so that a file may be larger than memory.
import CorpusCore
import CorpusIO

struct SegmentFile: Sendable {
  private let path: String
  private let map: MappedFile
  var count: Int { map.count / SegmentRecord.byteCount }

  /// `path` is relative to the run directory.
  init(_ path: String, directory: RunDirectory) throws {
    self.path = path
    map = try MappedFile(path: directory.absolute(path), fileSystem: directory.fileSystem)
    guard map.count % SegmentRecord.byteCount == 0 else { throw damaged("\(map.count) bytes are no whole records") }
  }

  /// The first record whose digest is not `isBelow`; those below come first. O(log n).
  func firstIndex(isBelow: (Digest128) -> Bool) -> Int {
    map.withBytes { bytes in
      lowerBound(count) { isBelow(SegmentRecord.digest(bytes, at: $0 * SegmentRecord.byteCount)) }
    }
  }

  func record(at index: Int) -> SegmentRecord {
    map.withBytes { SegmentRecord($0, at: index * SegmentRecord.byteCount) }
  }

  /// Records of a range as they stand; fails where they do not ascend. Gives back the memory of what it has read.
  func forEach(_ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    defer { map.release() }
    try map.withBytes { bytes in
      var last: Digest128?
      for index in range {
        let offset = index * SegmentRecord.byteCount
        let digest = SegmentRecord.digest(bytes, at: offset)
        if let last, last >= digest { throw damaged("record \(index) does not ascend") }
        last = digest
        try body(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + SegmentRecord.byteCount]))
      }
    }
  }

  private func damaged(_ reason: String) -> PlainFailure {
    PlainFailure(.badData, "\(path): \(reason); remove the run's manifests of its stage and run again")
  }
}

/// The repeated segments of all ranges, looked up by digest.
struct RepeatedSegments: Sendable {
  private let files: [SegmentFile]
  private let ranges: DigestRanges

  /// `files`: one a range, in order.
  init(_ files: [SegmentFile]) {
    self.files = files
    ranges = DigestRanges(count: files.count)
  }

  /// O(log n).
  func find(_ digest: Digest128) -> SegmentRecord? {
    let file = files[ranges.index(of: digest)]
    let index = file.firstIndex { $0 < digest }
    guard index < file.count else { return nil }
    let record = file.record(at: index)
    return record.digest == digest ? record : nil
  }
}
