// Input as globs find it, each file with a digest that notices a change.
import CorpusCore
import CorpusIO
import Foundation
import TestSupport
import Testing

@testable import Pipeline

struct InputListingTests {
  private func names(_ scratch: ScratchDirectory, _ pattern: String) throws -> [String] {
    try listInput([scratch.file(pattern)], fileSystem: RunTesting.disk).map {
      String($0.path.dropFirst(scratch.path.count + 1))
    }
  }

  @Test func `globs find files, sorted, and no directories`() throws {
    let scratch = try ScratchDirectory()
    try RunTesting.disk.makeDirectories(scratch.file("sub.jsonl"))
    for name in ["b.jsonl", "a.jsonl", "c.jsonl.gz", "d.txt", "e.md", "sub.jsonl/f.jsonl"] {
      try scratch.write([65], to: name)
    }
    #expect(try names(scratch, "*.jsonl") == ["a.jsonl", "b.jsonl"])
    #expect(try names(scratch, "*/*.jsonl") == ["sub.jsonl/f.jsonl"])
    #expect(try names(scratch, "{d.txt,[ab].jsonl}") == ["a.jsonl", "b.jsonl", "d.txt"])
    #expect(try names(scratch, "?.jsonl*") == ["a.jsonl", "b.jsonl", "c.jsonl.gz"])
    #expect(try names(scratch, "e.md") == ["e.md"], "a file that is named is taken, whatever its ending")
  }

  @Test func `a directory stands for its shards`() throws {
    let scratch = try ScratchDirectory()
    for name in ["b.jsonl", "a.jsonl.zst", "c.txt", "e.md"] { try scratch.write([65], to: name) }
    let found = try listInput([scratch.path], fileSystem: RunTesting.disk).map(\.path)
    #expect(found == ["a.jsonl.zst", "b.jsonl", "c.txt"].map { scratch.file($0) })
  }

  @Test func `a name with the letters of a glob stands for itself when it is there`() throws {
    let scratch = try ScratchDirectory()
    try scratch.write([65], to: "a[1].jsonl")
    #expect(try names(scratch, "a[1].jsonl") == ["a[1].jsonl"])
  }

  @Test func `a pattern without a file is a failure that names it`() throws {
    let scratch = try ScratchDirectory()
    try scratch.write([65], to: "a.jsonl")
    let failure = try RunTesting.failure {
      _ = try listInput([scratch.file("a.jsonl"), scratch.file("*.zst")], fileSystem: RunTesting.disk)
    }
    #expect(failure.kind == .noInput)
    #expect(failure.description.contains(scratch.file("*.zst")))
  }

  @Test func `the digest follows content and size`() throws {
    let scratch = try ScratchDirectory()
    var bytes = [UInt8](repeating: 7, count: 200_000)
    let whole = try sampled(scratch, bytes)
    #expect(whole.size == 200_000)
    for position in [0, 65_536, 131_071, 199_999] {
      bytes[position] ^= 1
      #expect(try sampled(scratch, bytes).sampledDigest != whole.sampledDigest, "byte \(position)")
      bytes[position] ^= 1
    }
    #expect(try sampled(scratch, bytes).sampledDigest == whole.sampledDigest)
    #expect(try sampled(scratch, bytes + [7]).sampledDigest != whole.sampledDigest)
    #expect(try sampled(scratch, []).size == 0)
  }

  @Test func `of a large file the first and the last block count`() throws {
    let scratch = try ScratchDirectory()
    var bytes = [UInt8](repeating: 7, count: 6 << 20)
    let whole = try sampled(scratch, bytes)
    for position in [0, 65_535, bytes.count - 65_536, bytes.count - 1] {
      bytes[position] ^= 1
      #expect(try sampled(scratch, bytes).sampledDigest != whole.sampledDigest, "byte \(position)")
      bytes[position] ^= 1
    }
  }

  private func sampled(_ scratch: ScratchDirectory, _ bytes: [UInt8]) throws -> InputFile {
    let name = "digest.jsonl"
    try RunTesting.disk.remove(scratch.file(name))
    try scratch.write(bytes, to: name)
    return try #require(try listInput([scratch.file(name)], fileSystem: RunTesting.disk).first)
  }
}
