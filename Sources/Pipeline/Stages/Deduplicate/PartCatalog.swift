// The prepared parts as one numbered row of documents: global number = documents of all earlier parts + ordinal in the
// part. Parts are ordered by language, then index, so numbers depend on the plan alone.
import CorpusCore
import CorpusIO

struct PartCatalog: Sendable {
  struct Part: Sendable {
    let name: PartName
    let documents: Int
    let firstNumber: Int
    /// Digest of the prepared file: what later units depend on.
    let digest: Digest128
    let bytes: Int
    /// Bytes of JSON lines when decompressed.
    let rawBytes: Int
  }

  let parts: [Part]
  var documentCount: Int { parts.last.map { $0.firstNumber + $0.documents } ?? 0 }

  init(_ collected: [UnitManifest<CollectCounts>]) {
    var parts: [Part] = []
    var next = 0
    let named = collected.compactMap { manifest in manifest.counts.part.map { ($0, manifest) } }
    for (name, manifest) in named.sorted(by: { $0.0 < $1.0 }) {
      guard let text = manifest.outputs.first(where: { $0.path == RunDirectory.prepared(name) }) else { continue }
      parts.append(
        Part(
          name: name, documents: manifest.counts.documents, firstNumber: next, digest: text.digest, bytes: text.bytes,
          rawBytes: manifest.counts.rawBytes))
      next += manifest.counts.documents
    }
    self.parts = parts
  }

  /// Part and ordinal of a document number. O(log parts).
  func locate(_ number: Int) -> (part: Int, ordinal: Int) {
    let part = max(1, lowerBound(parts.count) { parts[$0].firstNumber <= number }) - 1
    return (part, number - parts[part].firstNumber)
  }
}
