// Places, reasons and batches: the nouns as they are printed and stored.
import CorpusCore
import Foundation
import Testing

struct DocumentTests {
  @Test func `a place reads as shard, line and byte`() {
    #expect(FileLocation(shard: "a/b.jsonl", line: 7, byteOffset: 812).description == "a/b.jsonl:7 (byte 812)")
  }

  @Test func `a place survives JSON`() throws {
    let place = FileLocation(shard: "a b\".jsonl", line: 1, byteOffset: 0)
    #expect(try JSONDecoder().decode(FileLocation.self, from: JSONEncoder().encode(place)) == place)
  }

  @Test func `a drop reason is its raw value in JSON, and sorts by it`() throws {
    let reasons = [DropReason.nearDuplicate, .empty, .exactDuplicate, DropReason(rawValue: "stop_words2")]
    #expect(reasons.sorted().map(\.rawValue) == ["empty", "exact_duplicate", "near_duplicate", "stop_words2"])
    let data = try JSONEncoder().encode(reasons)
    #expect(
      String(decoding: data, as: UTF8.self) == #"["near_duplicate","empty","exact_duplicate","stop_words2"]"#)
    #expect(try JSONDecoder().decode([DropReason].self, from: data) == reasons)
  }

  @Test func `an emptied batch keeps its shard and nothing else`() {
    var batch = DocumentBatch(shard: "s")
    batch.bytes = [1, 2, 3]
    batch.documents = [
      DocumentRecord(text: 0..<3, id: 0..<0, languageLabel: 0..<0, otherFields: 0..<0, line: 1, byteOffset: 0)
    ]
    batch.rejected = [
      RejectedRecord(location: FileLocation(shard: "s", line: 2, byteOffset: 9), reason: "r", raw: [9])
    ]
    batch.blankLineCount = 4
    batch.removeAll()
    #expect(batch.shard == "s")
    #expect(batch.bytes.isEmpty && batch.documents.isEmpty && batch.rejected.isEmpty && batch.blankLineCount == 0)
  }

  @Test func `a plain failure is its kind and its words`() {
    let failure: any XylemFailure = PlainFailure(.noInput, "a.jsonl: not there")
    #expect(failure.kind == .noInput)
    #expect("\(failure)" == "a.jsonl: not there")
  }
}
