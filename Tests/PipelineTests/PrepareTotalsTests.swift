// What all units of prepare counted, as one: whatever the order, and without what a driver must not hold unit by unit.
import CorpusCore
import CorpusIO
import Foundation
import TestSupport
import Testing

@testable import Pipeline

struct PrepareTotalsTests {
  @Test func `any order and units that come twice give the sums`() throws {
    let scratch = try ScratchDirectory()
    let configuration = try RunTesting.filtered(RunTesting.sampleFiles, output: scratch.file("run"))
    _ = try PipelineRun(configuration: configuration).run()
    let counts = try RunTesting.counts(PrepareStage.self, of: configuration.output)
    #expect(counts.count > 5)
    func total(_ order: [Int]) throws -> PrepareCounts {
      let totals = PrepareTotals()
      for index in order {
        var left = counts[index]
        left.portrait.examples = [
          Example(language: "fr", reason: "kept", id: "\(index)", value: nil, threshold: nil, text: "")
        ]
        totals.absorb(&left, index: index)
        #expect(left.languages.isEmpty && left.portrait.isEmpty)
        #expect(left.sections == counts[index].sections && left.inputs == counts[index].inputs)
        #expect(left.read == counts[index].read && left.quarantine == counts[index].quarantine)
      }
      return totals.counts
    }
    let inOrder = Array(counts.indices)
    let sum = try total(inOrder)
    let expected = try encodeJSON(sum)
    #expect(try encodeJSON(try total(inOrder.reversed())) == expected)
    #expect(try encodeJSON(try total(inOrder + inOrder)) == expected)

    #expect(sum.read == counts.reduce(0) { $0 + $1.read } && sum.kept == counts.reduce(0) { $0 + $1.kept })
    #expect(sum.normalization.documents == counts.reduce(0) { $0 + $1.normalization.documents })
    #expect(sum.isBalanced && sum.inputs.isEmpty && sum.sections.isEmpty)
  }
}
