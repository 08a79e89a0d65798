// A line of quarantine/: where a record stood, why it could not be read, and its bytes (docs/formats/quarantine.md).
import CorpusCore
import CorpusIO
import Foundation

struct QuarantineRecord: Decodable {
  var shard: String
  var line: Int
  var offset: Int
  var reason: String
  /// Base64 of the bytes as they were.
  var raw: String

  init(_ record: RejectedRecord) {
    shard = record.location.shard
    line = record.location.line
    offset = record.location.byteOffset
    reason = record.reason
    raw = Data(record.raw).base64EncodedString()
  }

  func append(to bytes: inout [UInt8]) {
    bytes.append(contentsOf: "{\"shard\":".utf8)
    appendJSONString(shard, to: &bytes)
    bytes.append(contentsOf: ",\"line\":\(line),\"offset\":\(offset),\"reason\":".utf8)
    appendJSONString(reason, to: &bytes)
    bytes.append(contentsOf: ",\"raw\":\"\(raw)\"}\n".utf8)
  }

  /// The lines of a frame with the numbers of their files: `linesBefore` is asked for each shard.
  static func renumber(_ frame: [UInt8], linesBefore: (String) -> Int) throws -> [UInt8] {
    let decoder = JSONDecoder()
    var bytes: [UInt8] = []
    bytes.reserveCapacity(frame.count)
    for text in frame.split(separator: 10) {
      var record = try decoder.decode(QuarantineRecord.self, from: Data(text))
      record.line += linesBefore(record.shard)
      record.append(to: &bytes)
    }
    return bytes
  }
}
