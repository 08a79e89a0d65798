// The plan of prepare: ranges tile files, small files share a unit, and nothing depends on the order of a listing.
import CorpusCore
import CorpusIO
import Foundation
import TestSupport
import Testing

@testable import Pipeline

struct PlanTests {
  private func file(_ path: String, _ size: Int) -> InputFile {
    InputFile(path: path, size: size, sampledDigest: Digest128(hashing: path))
  }

  private func plan(_ files: [InputFile], unitBytes: Int) -> [PlannedUnit<PrepareWork>] {
    var configuration = PipelineConfiguration.standalone
    configuration.unitBytes = unitBytes
    return planPrepare(files, configuration: configuration)
  }

  @Test func `ranges tile every large plain file, and every other file is read whole, once`() {
    var generator = SplitMix64(state: 3)
    for unitBytes in [1, 7, 100, 4096] {
      let files = (0..<60).map { index in
        let ending = [".jsonl", ".jsonl.gz", ".jsonl.zst", ".txt", ".jsonl"][index % 5]
        return file("f\(index)\(ending)", Int.random(in: 0...5 * unitBytes, using: &generator))
      }
      let units = plan(files, unitBytes: unitBytes)
      let sources = units.flatMap(\.work.sources)
      #expect(sources.map(\.path).reduce(into: []) { if $0.last != $1 { $0.append($1) } } == files.map(\.path))
      for file in files {
        let own = sources.filter { $0.path == file.path }
        if own.contains(where: { $0.range != nil }) {
          #expect(file.path.hasSuffix(".jsonl"))
          var end = 0
          for source in own {
            #expect(source.range?.lowerBound == end)
            #expect(source.range?.isEmpty == false)
            #expect((source.range?.count ?? 0) <= unitBytes)
            end = source.range?.upperBound ?? -1
          }
          #expect(end == file.size)
        } else {
          #expect(own.count == 1)
          #expect(!file.path.hasSuffix(".jsonl") || file.size <= unitBytes + unitBytes / 2)
        }
      }
      #expect(Set(units.map(\.label)).count == units.count)
      #expect(Set(units.map(\.identity)).count == units.count)
      #expect(units.map(\.label) == units.map(\.label).sorted())
      #expect(units.reduce(0) { $0 + $1.bytes } == files.reduce(0) { $0 + $1.size })
    }
  }

  @Test func `small files share a unit up to its size`() {
    let files = (0..<10).map { file("s\($0).jsonl", 30) }
    let units = plan(files, unitBytes: 100)
    #expect(units.map { $0.work.sources.count } == [3, 3, 3, 1])
    #expect(plan((0..<10).map { file("s\($0).jsonl", 0) }, unitBytes: 100).count == 1)
    #expect(plan([], unitBytes: 100).isEmpty)
  }

  @Test func `identities follow path, content, cut and configuration`() {
    let base = plan([file("a.jsonl", 50)], unitBytes: 100)[0].identity
    #expect(plan([file("a.jsonl", 50)], unitBytes: 100)[0].identity == base)
    #expect(plan([file("b.jsonl", 50)], unitBytes: 100)[0].identity != base)
    #expect(plan([file("a.jsonl", 50)], unitBytes: 101)[0].identity != base)
    var changed = file("a.jsonl", 50)
    changed.sampledDigest = Digest128(hashing: "else")
    #expect(plan([changed], unitBytes: 100)[0].identity != base)
    #expect(plan([file("a.jsonl", 50), file("b.jsonl", 1)], unitBytes: 100)[0].identity != base)
  }

  @Test func `patterns may come in any order and overlap`() throws {
    let scratch = try ScratchDirectory()
    for name in ["c.jsonl", "a.jsonl", "b.jsonl"] { try scratch.write(Array("{}\n".utf8), to: name) }
    let one = try listInput([scratch.file("*.jsonl")], fileSystem: RunTesting.disk)
    let other = try listInput(
      [scratch.file("c.jsonl"), scratch.file("[ab].jsonl"), scratch.file("*.jsonl")], fileSystem: RunTesting.disk)
    #expect(one == other)
    #expect(plan(one, unitBytes: 4).map(\.label) == plan(other, unitBytes: 4).map(\.label))
  }

  @Test func `identities frame their parts`() {
    let configuration = Digest128(high: 1, low: 2)
    func identity(_ parts: [String], stage: String = "s") -> Digest128 {
      unitIdentity(stage: stage, configuration: configuration, parts: parts)
    }
    #expect(identity(["ab", "c"]) != identity(["a", "bc"]))
    #expect(identity(["a", "b"]) != identity(["b", "a"]))
    #expect(identity(["a"]) != identity(["a", ""]))
    #expect(identity(["a"]) != identity(["a"], stage: "t"))
  }
}
