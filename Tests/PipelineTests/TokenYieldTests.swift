// Tokens of the whole input from tokenizers of two samples: the law that carries them on, and the text that neither knows.
import CorpusCore
import CorpusIO
import Foundation
import TestSupport
import Testing

@testable import Pipeline

struct TokenYieldTests {
  private func law(limit: Double, part: Double, power: Double, at size: Double) -> TokenYield.Measured {
    let gap = 0.06 * pow(size, -power)
    return TokenYield.Measured(own: limit - part * gap, other: limit + (1 - part) * gap)
  }

  @Test(arguments: [0.3, 0.56, 0.9], [0.1, 0.36, 0.63])
  func `what follows the law is carried on exactly`(power: Double, part: Double) {
    func own(_ size: Double) -> Double { law(limit: 0.18, part: part, power: power, at: size).own }
    let yield = TokenYield(
      small: law(limit: 0.18, part: part, power: power, at: 1), large: law(limit: 0.18, part: part, power: power, at: 4)
    )
    for ratio in [1.5, 18, 3000] {
      let expected = own(4 * ratio) / own(4)
      #expect(abs(yield.growth(step: 4, ratio: ratio) - expected) < 1e-9, "\(ratio)")
      #expect(expected > 1)
    }
  }

  @Test func `the figure lies between own text and other text, whatever was measured`() {
    var random = SplitMix64(state: 1)
    for _ in 0..<500 {
      func measured() -> TokenYield.Measured {
        TokenYield.Measured(
          own: Double.random(in: 0.01...0.5, using: &random), other: Double.random(in: 0.01...0.5, using: &random))
      }
      let yield = TokenYield(small: measured(), large: measured())
      let growth = yield.growth(
        step: Double.random(in: 0.5...5, using: &random), ratio: Double.random(in: 0.5...1e6, using: &random))
      #expect(growth >= 1 && growth * yield.large.own <= max(yield.large.own, yield.large.other) + 1e-12)
    }
  }

  @Test(arguments: [3000, 9000, 11_000, 40_000])
  func `the other sample has no line of the two that tokenizers learn from`(fileBytes: Int) throws {
    let scratch = try ScratchDirectory()
    var lines = JSONLines()
    var number = 0
    while lines.bytes.count < fileBytes {
      lines.add(id: "\(number)", "Line \(number)" + String(repeating: " and more", count: number % 7))
      number += 1
    }
    let path = try scratch.write(lines.bytes, to: "in.jsonl")
    let files = try listInput([path], fileSystem: RunTesting.disk)
    let samples = try InputSample.take(
      8000, small: 0.25, from: files, configuration: RunTesting.plain([path], output: scratch.file("run")),
      into: scratch.path, fileSystem: RunTesting.disk)
    func taken(_ sample: InputSample) throws -> Set<[UInt8]> {
      Set(try sample.paths.flatMap { try RunTesting.lines($0) })
    }
    let (large, small, other) = (try taken(samples.large), try taken(samples.small), try taken(samples.other))
    #expect(!small.isEmpty && small.isSubset(of: large))
    #expect(other.isDisjoint(with: large))
    #expect(other.isEmpty == (fileBytes < 8000))
  }
}
