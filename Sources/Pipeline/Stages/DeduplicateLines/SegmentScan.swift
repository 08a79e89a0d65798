// The segments of a prepared document with their digests: what `lines` counts is what `cut` looks up.
import CorpusCore
import Deduplication

struct SegmentScan: Sendable {
  let segments: TextSegments
  private let within: RepetitionScope
  private let language: String
  private let leavesAlone: Bool

  init(_ step: DeduplicateLinesConfiguration, language: String) {
    segments = TextSegments(unit: step.unit, minimumLength: step.minimumLength)
    within = step.within
    self.language = language
    leavesAlone = !step.programs && (Language(code: language)?.isCode ?? false)
  }

  /// Calls `body` with the text, the range of each of its segments and the segment's digest, in order. Records that name
  /// no source are those of their language: what file they came in is forgotten.
  func forEach(
    _ document: DocumentRecord, of batch: DocumentBatch,
    _ body: (UnsafeRawBufferPointer, Range<Int>, Digest128) throws -> Void
  ) rethrows {
    guard !leavesAlone else { return }
    let group = within.group(document, of: batch, shard: language)
    try batch.withBytes(document.text) { text in
      try segments.forEach(text.assumingMemoryBound(to: UInt8.self)) { range in
        try body(text, range, segmentDigest(text, range, group: group))
      }
    }
  }
}
