// Near deduplication of more documents than there is text: made fingerprints with planted duplicates go through the search
// of the deduplicate stage, and what comes out is held against what was planted.
import ArgumentParser
import Deduplication
import Foundation
import Pipeline

struct FingerprintMemory: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "deduplicate-fingerprints",
    abstract: "Deduplicates made fingerprints; JSON with what was planted and found.",
    discussion: """
      Of --duplicates of the documents, one in four is equal to an earlier one and the others are near it: a lane is \
      another one with probability 0.05, a bit with half of that, as at a Jaccard similarity of 0.95. One in --family of \
      them belongs to one template family of many documents. scripts/bench/dedup_memory.py measures memory and disk.
      """)

  @Option(help: "Documents.") var documents = 100_000
  @Option(help: "Share of documents that are duplicates.") var duplicates = 0.05
  @Option(help: "One in so many duplicates is of one large family.") var family = 10
  @Option(help: "Bands of the signature; fewer take less time and disk, not less memory.") var bands = 16
  @Option(help: "Ceiling of memory, in MB.") var memory = 1000
  @Option(help: "Threads of the bands.") var workers = 1
  @Option(help: "Directory for fingerprints and scratch; must be there.") var folder: String

  private static let blockDocuments = 100_000

  private struct Report: Encodable {
    var planted: Int
    /// Planted duplicates that were removed, for whichever document.
    var found: Int
    /// Removed documents that are no duplicates.
    var strangers: Int
    var search: FingerprintSearch.Summary
    var seconds: Double
  }

  func validate() throws {
    guard documents > 1, documents < 1 << 40, (0...0.5).contains(duplicates), family > 0,
      (1...256).contains(bands)
    else {
      throw ValidationError(
        "--documents: expected 2 or more; --duplicates: 0 to 0.5; --family: 1 or more; --bands: 1 to 256")
    }
  }

  func run() throws {
    let path = folder + "/fingerprints"
    let planted = try make(path)
    let start = DispatchTime.now().uptimeNanoseconds
    var found = 0
    var strangers = 0
    let summary = try FingerprintSearch(
      files: [path], options: options, memoryBytes: memory * 1_000_000, workers: workers
    ).run(scratch: folder) { number, representative in
      if planted[number] || planted[representative] { found += 1 } else { strangers += 1 }
    }
    try report(
      Report(
        planted: planted.count, found: found, strangers: strangers, search: summary,
        seconds: Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9))
  }

  private var options: NearDuplicateOptions {
    var options = NearDuplicateOptions()
    options.bands = bands
    return options
  }

  /// One bit a document.
  private struct Marks {
    private var words: [UInt64]
    private(set) var count = 0

    init(documents: Int) { words = Array(repeating: 0, count: (documents + 63) / 64) }

    mutating func insert(_ number: Int) {
      words[number >> 6] |= 1 << UInt64(number & 63)
      count += 1
    }
    subscript(number: Int) -> Bool { words[number >> 6] >> UInt64(number & 63) & 1 == 1 }
  }

  /// Writes the records; says which documents are duplicates of another one.
  private func make(_ path: String) throws -> Marks {
    try Data().write(to: URL(fileURLWithPath: path))
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    defer { try? file.close() }
    var planted = Marks(documents: documents)
    var random = SeededGenerator(state: UInt64(documents))
    let recordBytes = FingerprintSearch.recordBytes(options)
    var leader: [UInt8] = []
    for first in stride(from: 0, to: documents, by: Self.blockDocuments) {
      let count = min(Self.blockDocuments, documents - first)
      var block = [UInt8](repeating: 0, count: count * recordBytes)
      for index in 0..<count {
        let place = index * recordBytes
        let isDuplicate = index > 0 && random.unit() < duplicates
        if isDuplicate {
          planted.insert(first + index)
          if random.below(family) == 0, !leader.isEmpty {
            for byte in 0..<recordBytes { block[place + byte] = leader[byte] }
          } else {
            let source = random.below(index) * recordBytes
            for byte in 0..<recordBytes { block[place + byte] = block[source + byte] }
          }
          // An equal text has another id, a near one another digest too.
          let isEqual = random.below(4) == 0
          fill(&block, place + (isEqual ? 16 : 0)..<place + 24, &random)
          if !isEqual { change(&block, at: place, &random) }
        } else {
          fill(&block, place..<place + recordBytes, &random)
          let length = UInt32(500 + random.below(20_000))
          store(length, in: &block, at: place + 24)
          store(0, in: &block, at: place + 28)
          store(0, in: &block, at: place + 32)
          store(length / 9 + 1, in: &block, at: place + recordBytes - 4)
          if leader.isEmpty { leader = Array(block[place..<place + recordBytes]) }
        }
      }
      try file.write(contentsOf: block)
    }
    return planted
  }

  /// Lanes and bits as those of a text that shares 0.95 of its shingles.
  private func change(_ block: inout [UInt8], at place: Int, _ random: inout SeededGenerator) {
    let lanes = place + FingerprintSearch.nearOffset
    let bits = lanes + options.bands * options.rows
    for lane in lanes..<bits where random.unit() < 0.05 { block[lane] = UInt8(random.below(256)) }
    for byte in bits..<bits + 64 {
      for bit in 0..<8 where random.unit() < 0.025 { block[byte] ^= 1 << UInt8(bit) }
    }
  }

  private func fill(_ block: inout [UInt8], _ range: Range<Int>, _ random: inout SeededGenerator) {
    var word: UInt64 = 0
    for (step, index) in range.enumerated() {
      if step & 7 == 0 { word = random.next() }
      block[index] = UInt8(truncatingIfNeeded: word)
      word >>= 8
    }
  }

  private func store(_ number: UInt32, in block: inout [UInt8], at place: Int) {
    for byte in 0..<4 { block[place + byte] = UInt8(truncatingIfNeeded: number >> UInt32(8 * byte)) }
  }
}
