// A directory that lives as long as a test, and small helpers to put datasets into it.
import Foundation

@testable import TokenDataset

final class TemporaryDirectory {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "/xylem-dataset-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + name))
  }

  func read(_ name: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(fileURLWithPath: path + "/" + name)))
  }

  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }

  /// Writes a dataset of one sequence a document and returns its prefix.
  @discardableResult
  func makeDataset(_ sequences: [[UInt32]], as type: TokenType, name: String) throws -> String {
    var bin: [UInt8] = []
    for ids in sequences { try appendTokens(ids, as: type, to: &bin) }
    try write(bin, to: name + ".bin")
    _ = try writeIndex(
      to: path + "/" + name + ".idx", tokenType: type, sequenceCount: sequences.count, binByteCount: bin.count
    ) { body in
      for ids in sequences { try body(Int32(ids.count)) }
    }
    return path + "/" + name
  }
}
