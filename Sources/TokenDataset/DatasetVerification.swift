// Every check of a dataset by name, for a person or a script that must know what is wrong and not just that something
// is.
import CorpusCore

/// One check and how it ended.
public struct DatasetCheck: Codable, Sendable, Equatable {
  public enum Outcome: String, Codable, Sendable {
    case passed
    case failed
    /// An earlier fault leaves nothing to check here.
    case notRun = "not_run"
  }

  /// `files`, `magic`, `version`, `token_type`, `counts`, `sequence_lengths`, `sequence_pointers`, `document_index`,
  /// `bin_size` or `token_ids`.
  public let name: String
  public let outcome: Outcome
  /// Where the first fault is: a sequence, a token, a byte of a file.
  public let place: String?
  public let explanation: String?
}

/// What `verifyDataset` found.
public struct DatasetVerification: Codable, Sendable, Equatable {
  public let prefix: String
  public let passed: Bool
  public let checks: [DatasetCheck]
  /// Filled when all checks of the `.idx` passed.
  public let sequences: Int?
  public let documents: Int?
  public let tokens: Int?
}

/// Checks everything a `.bin/.idx` pair promises; never throws, a file that cannot be read is a failed check.
///
/// Reads the `.idx` once, and the `.bin` once when `vocabularySize` is given: then every id must be below it. Under 1
/// MiB of memory.
public func verifyDataset(prefix: String, vocabularySize: Int? = nil) -> DatasetVerification {
  var record = CheckRecord()
  var counts: (sequences: Int, documents: Int, tokens: Int)?
  do throws(TokenDatasetFailure) {
    let (index, bin) = try record.run("files") { () throws(TokenDatasetFailure) in
      (try RandomAccessFile(path: prefix + ".idx"), try RandomAccessFile(path: prefix + ".bin"))
    }
    let raw = try record.run("magic") { () throws(TokenDatasetFailure) in
      let raw = try RawIndexHeader(file: index)
      try raw.checkMagic()
      return raw
    }
    try record.run("version") { () throws(TokenDatasetFailure) in try raw.checkVersion() }
    _ = try record.run("token_type") { () throws(TokenDatasetFailure) in try raw.tokenType() }
    let header = try record.run("counts") { () throws(TokenDatasetFailure) in try raw.header() }
    let inspection = DatasetInspection(index: index, bin: bin, header: header)
    let scan = try record.run("sequence_lengths", fault: \.lengthFault) { () throws(TokenDatasetFailure) in
      try inspection.scanSequences()
    }
    let hasLengths = scan.lengthFault == nil
    if hasLengths || scan.pointerFault != nil { record.add("sequence_pointers", scan.pointerFault) }
    let documentFault = try record.run("document_index", fault: \.self) { () throws(TokenDatasetFailure) in
      try inspection.documentIndexFault()
    }
    if hasLengths {
      let sizeFault = inspection.binSizeFault(tokenCount: scan.tokenCount)
      record.add("bin_size", sizeFault)
      if let vocabularySize, sizeFault == nil {
        _ = try record.run("token_ids", fault: \.self) { () throws(TokenDatasetFailure) in
          try inspection.idFault(tokenCount: scan.tokenCount, vocabularySize: vocabularySize)
        }
      }
      if scan.pointerFault == nil && documentFault == nil {
        counts = (header.sequenceCount, header.documentCount, scan.tokenCount)
      }
    }
  } catch {
    // The record has it already.
  }
  return DatasetVerification(
    prefix: prefix, passed: record.passed, checks: record.checks(withIDs: vocabularySize != nil),
    sequences: counts?.sequences, documents: counts?.documents, tokens: counts?.tokens)
}

/// The checks so far, and the steps that add to them.
private struct CheckRecord {
  private var done: [DatasetCheck] = []

  private static let order = [
    "files", "magic", "version", "token_type", "counts", "sequence_lengths", "sequence_pointers", "document_index",
    "bin_size",
  ]

  var passed: Bool { done.allSatisfy { $0.outcome == .passed } }

  mutating func add(_ name: String, _ fault: DatasetFault?) {
    done.append(
      DatasetCheck(
        name: name, outcome: fault == nil ? .passed : .failed, place: fault.map { "\($0.path), \($0.place)" },
        explanation: fault?.explanation))
  }

  /// Runs a step whose result may carry a fault; what it throws fails the check and goes on upwards.
  mutating func run<Result>(
    _ name: String, fault: (Result) -> DatasetFault?, _ step: () throws(TokenDatasetFailure) -> Result
  ) throws(TokenDatasetFailure) -> Result {
    do throws(TokenDatasetFailure) {
      let result = try step()
      add(name, fault(result))
      return result
    } catch {
      done.append(DatasetCheck(name: name, outcome: .failed, place: error.path, explanation: error.message))
      throw error
    }
  }

  mutating func run<Result>(
    _ name: String, _ step: () throws(TokenDatasetFailure) -> Result
  ) throws(TokenDatasetFailure) -> Result {
    try run(name, fault: { _ in nil }, step)
  }

  /// All checks in their order, those that could not be made among them.
  func checks(withIDs: Bool) -> [DatasetCheck] {
    (Self.order + (withIDs ? ["token_ids"] : [])).map { name in
      done.first { $0.name == name } ?? DatasetCheck(name: name, outcome: .notRun, place: nil, explanation: nil)
    }
  }
}
