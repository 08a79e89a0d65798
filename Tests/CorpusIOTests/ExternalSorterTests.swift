import CorpusIO
import TestSupport
import Testing

struct ExternalSorterTests {
  let scratch: ScratchDirectory

  init() throws { scratch = try ScratchDirectory() }

  private func records(_ count: Int, width: Int, values: UInt8) -> [[UInt8]] {
    var random = SplitMix64(state: UInt64(count * 131 + width))
    return (0..<count).map { _ in (0..<width).map { _ in UInt8.random(in: 0...values, using: &random) } }
  }

  private func sorted(
    _ records: [[UInt8]], width: Int, memory: Int, fileSystem: any FileSystem = LocalFileSystem()
  ) throws -> [[UInt8]] {
    let sorter = ExternalSorter(
      recordBytes: width, memoryBytes: memory, scratchDirectory: scratch.path, fileSystem: fileSystem)
    for record in records { try record.withUnsafeBytes { try sorter.add($0) } }
    #expect(sorter.count == records.count)
    var output: [[UInt8]] = []
    try sorter.forEachSorted { output.append(Array($0)) }
    return output
  }

  @Test(arguments: [1, 3, 8, 16, 29], [0, 3000, 1 << 20])
  func `the order is that of a plain sort, whatever the memory`(width: Int, memory: Int) throws {
    for count in [0, 1, 2, 3, memory == 0 ? 150 : 2500] {
      let records = records(count, width: width, values: width < 8 ? 255 : 1)
      let expected = records.sorted { $0.lexicographicallyPrecedes($1) }
      #expect(try sorted(records, width: width, memory: memory) == expected)
    }
  }

  @Test func `whichever operation fails, the sort says so and leaves no run behind`() throws {
    let records = records(300, width: 16, values: 255)
    let counter = FaultInjectingFileSystem(failingOperation: nil)
    _ = try sorted(records, width: 16, memory: 3000, fileSystem: counter)
    for operation in 0..<counter.operationCount {
      let faulty = FaultInjectingFileSystem(failingOperation: operation)
      _ = try? sorted(records, width: 16, memory: 3000, fileSystem: faulty)
    }
    #expect(try LocalFileSystem().names(in: scratch.path).isEmpty)
  }
}
