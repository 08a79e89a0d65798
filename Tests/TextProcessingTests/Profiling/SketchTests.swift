// Sketches against exact counts, and merged in many orders to the same bytes.
import CorpusCore
import Foundation
import Testing

@testable import TextProcessing

@Suite struct SketchTests {
  private static func json(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return try encoder.encode(value)
  }

  @Test func `quantiles are within the error they state`() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<20 {
      let values = (0..<Int.random(in: 1...3000, using: &random)).map { _ in
        Int(exp2(Double.random(in: 0...40, using: &random)))
      }
      var sketch = QuantileSketch()
      for value in values { sketch.add(value) }
      let sorted = values.sorted()
      for part in [0, 0.01, 0.1, 0.5, 0.9, 0.99, 1] {
        let exact = sorted[min(max(Int((part * Double(sorted.count)).rounded(.up)), 1), sorted.count) - 1]
        let found = sketch.quantile(part) ?? -1
        #expect(
          Double(abs(found - exact)) <= QuantileSketch.relativeError * Double(exact), "\(part): \(found) \(exact)")
      }
      #expect(sketch.minimum == sorted.first && sketch.maximum == sorted.last)
    }
    #expect(QuantileSketch().quantile(0.5) == nil)
  }

  @Test func `a bucket's middle is in the bucket, up to the largest number`() {
    for value in (0..<70_000).map({ $0 }) + [1 << 40, Int.max / 2, Int.max - 1, Int.max] {
      let bucket = QuantileSketch.bucket(of: value)
      #expect(bucket < 4096)
      #expect(QuantileSketch.bucket(of: QuantileSketch.middle(of: bucket)) == bucket)
    }
  }

  @Test func `a damaged sketch is refused`() {
    for buckets in ["[-1,2]", "[5000,1]", "[3,-4]"] {
      let text = "{\"minimum\":0,\"maximum\":1,\"buckets\":\(buckets)}"
      #expect(throws: DecodingError.self) { try JSONDecoder().decode(QuantileSketch.self, from: Data(text.utf8)) }
    }
  }

  /// A stream in which item n is met about 1/n as often as item 1.
  private func stream(_ count: Int) -> [String] {
    (0..<count).map { _ in "item \(Int(1 / Double.random(in: 0.0005...1)))" }
  }

  private func summary(_ items: some Sequence<String>, limit: Int, capacity: Int) -> FrequentItems {
    var counter = ItemCounter(limit: limit)
    for item in items {
      Array(item.utf8).withUnsafeBytes { counter.add($0, hash: hash64($0)) }
    }
    return counter.summary(capacity: capacity)
  }

  private func expectBounds(_ found: FrequentItems, of items: [String], capacity: Int) {
    let exact = Dictionary(items.map { ($0, 1) }, uniquingKeysWith: +)
    let counted = Dictionary(uniqueKeysWithValues: found.entries.map { ($0.text, $0.count) })
    #expect(found.total == items.count)
    #expect(found.undercount <= found.total / (capacity + 1))
    for (item, count) in exact {
      let lower = counted[item] ?? 0
      #expect(lower <= count && count <= lower + found.undercount, "\(item): \(count), \(lower)...")
    }
    #expect(counted.keys.allSatisfy { exact[$0] != nil })
  }

  @Test func `no count is off by more than it says`() {
    for (limit, capacity) in [(64, 16), (1000, 20), (8, 4), (100_000, 100_000)] {
      let items = stream(6000)
      let found = summary(items, limit: limit, capacity: capacity)
      expectBounds(found, of: items, capacity: min(limit / 2, capacity))
      if limit == 100_000 { #expect(found.undercount == 0 && found.entries.count == Set(items).count) }
    }
  }

  @Test func `parts merged in any order and grouping give the same bytes and keep their bounds`() throws {
    for partCount in [1, 2, 3, 7, 16, 21] {
      let streams = (0..<partCount).map { _ in stream(400) }
      let parts = streams.map { summary($0, limit: 512, capacity: 12) }
      let merging = OrderedMerge<FrequentItems> { $0.merge($1, capacity: 12) }
      var found: Set<Data> = []
      for _ in 0..<12 {
        // Several workers, each with some of the parts in an order of its own, merged in an order of their own.
        var workers = Array(repeating: merging, count: Int.random(in: 1...4))
        for number in parts.indices.shuffled() {
          workers[Int.random(in: workers.indices)].add(parts[number], number: number)
        }
        var all = merging
        for worker in workers.shuffled() { all.merge(worker) }
        let result = try #require(all.result)
        found.insert(try Self.json(result))
        expectBounds(result, of: streams.flatMap { $0 }, capacity: 12)
      }
      #expect(found.count == 1)
    }
  }

  @Test func `texts that look alike but differ in bytes are two items`() {
    let found = summary(["e\u{301}", "é", "é"], limit: 8, capacity: 8)
    var twice = found
    twice.merge(found, capacity: 8)
    #expect(twice.entries.map(\.count) == [4, 2])
  }

  @Test func `filters' histograms add up and cut where the thresholds are`() {
    var tally = FilterTally(.byteCount, minimum: 200, maximum: nil)
    for value in [0.0, 1, 127, 128, 199, 200, 1e9, .nan] { tally.add(value, broken: value < 200 ? 200 : nil) }
    #expect(tally.counts.reduce(0, +) == 7)
    #expect(tally.removedBelow == 5 && tally.removedAbove == 0)
    #expect(tally.bin(of: 128) == 14 && tally.bin(of: 181) == 14 && tally.bin(of: 182) == 15)
    let small = FilterTally(.flaggedWordRatio, minimum: nil, maximum: 0.01)
    #expect(small.upper == 0.04 && small.bin(of: 0.01) == 10 && small.bin(of: 0.9) == 39 && small.bin(of: -1) == 0)
    var sum = tally
    sum.merge(tally)
    #expect(sum.counts == tally.counts.map { 2 * $0 } && sum.removedBelow == 10)
    #expect(FilterTally(.byteCount, minimum: nil, maximum: 1e6).upper == Double(1 << 22))
  }
}
