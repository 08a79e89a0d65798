import CorpusCore
import CorpusIO
import Glibc
import TestSupport
import Testing

struct OutputFileTests {
  let scratch: ScratchDirectory
  let disk = LocalFileSystem()

  init() throws { scratch = try ScratchDirectory() }

  /// Over two buffers long, so that writes go out before the end.
  private let contents = Array(repeating: Array("fifteen bytes, ".utf8), count: 200_000).flatMap { $0 }

  private func writeAndPublish(_ bytes: [UInt8], attempt: String, fileSystem: any FileSystem) throws {
    let file = try OutputFile(path: scratch.file(attempt), fileSystem: fileSystem)
    var rest = bytes[...]
    for size in [1, 1000, 700_000, 1_500_000, Int.max] {
      try file.write(Array(rest.prefix(size)))
      rest = rest.dropFirst(size)
    }
    try publish(file.finish(), as: scratch.file("final"), fileSystem: fileSystem)
  }

  @Test func `a published file has the bytes and the digest`() throws {
    try writeAndPublish(contents, attempt: "attempt", fileSystem: disk)
    let summary = try digestOfFile(scratch.file("final"), fileSystem: disk)
    #expect(summary.bytes == 3_000_000 && summary.digest == Digest128(hashing: contents))
    #expect(try readWholeFile(scratch.file("final"), limit: 3_000_000, fileSystem: disk) == contents)
    #expect(!disk.exists(scratch.file("attempt")))
  }

  @Test func `the disk is set to work on a long file while it is written, on no byte twice`() throws {
    for (isDurable, expected) in [(true, 10), (false, 0)] {
      let disk = InMemoryFileSystem(clientOf: InMemoryFileSystem.Disk())
      try disk.makeDirectories("/d")
      let file = try OutputFile(path: "/d/long", isDurable: isDurable, fileSystem: disk)
      for _ in 0..<10 { try file.write(contents) }
      let bytes = try file.finish().bytes
      var end = 0
      for range in disk.writebacks {
        #expect(range.lowerBound == end && range.count >= 2 << 20)
        end = range.upperBound
      }
      #expect(disk.writebacks.count == expected && end <= bytes)
    }
  }

  @Test(arguments: [FaultInjectingFileSystem.Fault.once, .fromThenOn])
  func `whichever operation fails, the final file is whole or absent and a rerun completes`(
    fault: FaultInjectingFileSystem.Fault
  ) throws {
    let counter = FaultInjectingFileSystem(failingOperation: nil)
    try writeAndPublish(contents, attempt: "count", fileSystem: counter)
    #expect(counter.operationCount >= 6)
    for operation in 0..<counter.operationCount {
      try disk.remove(scratch.file("final"))
      let faulty = FaultInjectingFileSystem(failingOperation: operation, fault: fault)
      #expect(throws: CorpusIOFailure.self) {
        try writeAndPublish(contents, attempt: "attempt-\(operation)", fileSystem: faulty)
      }
      if disk.exists(scratch.file("final")) {
        #expect(try digestOfFile(scratch.file("final"), fileSystem: disk).digest == Digest128(hashing: contents))
      }
      try writeAndPublish(contents, attempt: "again-\(operation)", fileSystem: disk)
      #expect(try digestOfFile(scratch.file("final"), fileSystem: disk).digest == Digest128(hashing: contents))
    }
  }

  @Test func `a second equal attempt steps back and a different one is refused`() throws {
    try writeAndPublish([1, 2, 3], attempt: "a", fileSystem: disk)
    try writeAndPublish([1, 2, 3], attempt: "b", fileSystem: disk)
    #expect(!disk.exists(scratch.file("b")))
    let failure = #expect(throws: CorpusIOFailure.self) {
      try writeAndPublish([1, 2, 4], attempt: "c", fileSystem: disk)
    }
    #expect(failure?.kind == .badData && failure?.description.contains("two attempts disagree") == true)
    #expect(disk.exists(scratch.file("c")))
    #expect(try readWholeFile(scratch.file("final"), limit: 3, fileSystem: disk) == [1, 2, 3])
  }

  @Test func `an attempt that is given up leaves nothing behind`() throws {
    do {
      let file = try OutputFile(path: scratch.file("a"), fileSystem: disk)
      try file.write([1])
    }
    #expect(!disk.exists(scratch.file("a")))
  }

  @Test func `a file larger than the limit is refused`() throws {
    let path = try scratch.write([1, 2, 3], to: "a")
    #expect(throws: CorpusIOFailure.self) { try readWholeFile(path, limit: 2, fileSystem: disk) }
    #expect(throws: CorpusIOFailure.self) { try withBytesOfFile(path, limit: 2, fileSystem: disk) { $0.count } }
  }

  @Test func `the bytes of a file are shown where they are, and those of a pipe are read`() throws {
    func bytes(_ path: String) throws -> [UInt8] {
      try withBytesOfFile(path, limit: 3, fileSystem: disk) { span in span.withUnsafeBufferPointer { Array($0) } }
    }
    #expect(try bytes(scratch.write([1, 2, 3], to: "a")) == [1, 2, 3])
    #expect(try bytes(scratch.write([], to: "empty")) == [])
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    try #require(write(ends[1], [4, 5] as [UInt8], 2) == 2)
    close(ends[1])
    #expect(try bytes("/dev/fd/\(ends[0])") == [4, 5])
    close(ends[0])
    for path in [scratch.file("missing"), scratch.file(".")] {
      let failure = #expect(throws: CorpusIOFailure.self) { try bytes(path) }
      #expect(failure?.description.contains(path) == true)
    }
  }

  @Test func `failures name the path and the remedy`() throws {
    let failure = #expect(throws: CorpusIOFailure.self) {
      try writeAndPublish([1], attempt: "a", fileSystem: FaultInjectingFileSystem(failingOperation: 1))
    }
    #expect(failure?.description.contains(scratch.file("a")) == true)
    #expect(failure?.description.contains("free some space") == true)
  }

  @Test func `directories are made and removed with all that is in them`() throws {
    try disk.makeDirectories(scratch.file("x/y/z"))
    try disk.makeDirectories(scratch.file("x/y/z"))
    try scratch.write([1], to: "x/y/a")
    try disk.removeTree(scratch.file("x"))
    try disk.removeTree(scratch.file("x"))
    #expect(!disk.exists(scratch.file("x")))
    #expect(try disk.size(of: scratch.file("x")) == nil)
    #expect(try disk.freeBytes(at: scratch.path) > 0)
  }
}
