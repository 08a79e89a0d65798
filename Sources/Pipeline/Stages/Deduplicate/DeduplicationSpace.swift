// What deduplication works with besides documents: scratch files and memory for its sorts.
import CorpusIO

struct DeduplicationSpace: Sendable {
  /// There already; whoever made it removes it.
  let directory: String
  let memoryBytes: Int
  let workers: Int
  let fileSystem: any FileSystem

  /// A sorter for one of the steps, of which two hold records at a time; `shares` threads have one each.
  func sorter(recordBytes: Int, shares: Int = 1) -> ExternalSorter {
    ExternalSorter(
      recordBytes: recordBytes, memoryBytes: memoryBytes / 4 / shares, scratchDirectory: directory,
      fileSystem: fileSystem)
  }

  func sharedSorter(recordBytes: Int) -> SharedSorter { SharedSorter(sorter(recordBytes: recordBytes)) }

  /// A file that is read again at once and need not outlive a power cut.
  func createScratch(_ name: String) throws(CorpusIOFailure) -> OutputFile {
    try OutputFile(path: path(name), isDurable: false, fileSystem: fileSystem)
  }

  func map(_ name: String) throws(CorpusIOFailure) -> MappedFile {
    try MappedFile(path: path(name), fileSystem: fileSystem)
  }

  private func path(_ name: String) -> String { directory + "/" + name }
}

extension Attempt {
  func space(workers: Int) -> DeduplicationSpace {
    DeduplicationSpace(
      directory: scratchDirectory, memoryBytes: memoryBytes, workers: workers, fileSystem: directory.fileSystem)
  }
}

extension ExternalSorter {
  /// Takes a record of big-endian numbers.
  func add(_ numbers: UInt64...) throws {
    try numbers.map(\.bigEndian).withUnsafeBytes { try add($0) }
  }

  /// Hands out the document numbers that are its records, each once, ascending.
  func forEachUnique(_ body: (Int) throws -> Void) throws {
    var last: UInt64?
    try forEachSorted { bytes in
      let number = loadBigEndian(bytes, at: 0)
      guard number != last else { return }
      last = number
      try body(Int(number))
    }
  }
}
