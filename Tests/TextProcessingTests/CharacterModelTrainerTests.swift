// Models of characters: probabilities that add up to 1, a size that is kept, and text that stands out.
import Foundation
import TestSupport
import Testing

@testable import TextProcessing

@Suite struct CharacterModelTrainerTests {
  private func texts(_ code: String) -> [[UInt8]] {
    SampleText.documents.filter { $0.file == code }.map(SampleText.clean)
  }

  private func model(_ bytes: [UInt8]) throws -> NGramModel {
    try NGramModelTests.model(String(decoding: bytes, as: UTF8.self))
  }

  @Test func `after any context the probabilities of all tokens add up to 1`() throws {
    for limit in [200_000, 1500] {
      var trainer = CharacterModelTrainer()
      trainer.maximumNGrams = limit
      let model = try model(try #require(trainer.train(texts("fr"))))
      #expect(model.count <= limit + 1 && model.order == 5)
      for context in ["", "q", "le ", "ment", "zzzz", "être", "d'un", "☃"] {
        var sum = 0.0
        for token in 0..<UInt32(model.unigrams.count) where token != model.begin {
          var state = NGramState()
          state.begin(model)
          for character in context.unicodeScalars {
            let isSpace = character == " "
            state.add(model.number(ofCharacter: isSpace ? NGramUnits.space : character.value), model)
          }
          let before = state.log10
          state.add(token, model)
          sum += pow(10, state.log10 - before)
        }
        #expect(abs(sum - 1) < 1e-4, "\(context), \(limit): \(sum)")
      }
    }
  }

  @Test func `text of the language is expected more than shuffled text and other languages`() throws {
    let french = texts("fr")
    let model = try model(try #require(CharacterModelTrainer().train(french.dropLast(4))))
    for text in french.suffix(4) {
      let written = String(decoding: text, as: UTF8.self)
      let own = model.score(written).perplexity
      var random = SplitMix64(state: 3)
      let shuffled = String(String.UnicodeScalarView(written.unicodeScalars.shuffled(using: &random)))
      #expect(own > 1 && model.score(shuffled).perplexity > 1.5 * own)
    }
    let swahili = String(decoding: try #require(texts("sw").first), as: UTF8.self)
    let last = String(decoding: try #require(french.last), as: UTF8.self)
    #expect(model.score(swahili).perplexity > model.score(last).perplexity)
  }

  @Test func `the same text gives the same bytes, and none gives no model`() {
    #expect(CharacterModelTrainer().train(texts("sw")) == CharacterModelTrainer().train(texts("sw")))
    #expect(CharacterModelTrainer().train([]) == nil && CharacterModelTrainer().train([Array(" \n ".utf8)]) == nil)
  }

  @Test func `perplexity is measured with a model, and limits documents where a limit is set`() throws {
    let model = try model(try #require(CharacterModelTrainer().train(texts("zhs"))))
    let text = try #require(texts("zhs").first)
    let garbled = Array("🂡 qx zv 7# kk wq".utf8)
    var scratch = FilterScratch()
    func verdict(_ text: [UInt8], _ model: NGramModel?, _ maximum: Double?) -> (Double, FilterDrop?) {
      var limits = FilterThresholds()
      limits.maximumPerplexity = maximum
      let chain = FilterChain(settings: LanguageSettings(code: "zhs", thresholds: limits, perplexityModel: model))
      let (values, drop) = chain.evaluate(text.span, languageConfidence: nil, scratch: &scratch, extent: .active)
      return (values[.perplexity], drop)
    }
    let (own, none) = verdict(text, model, nil)
    #expect(own > 1 && none == nil)
    let (value, drop) = verdict(garbled, model, own + 1)
    #expect(drop == FilterDrop(reason: .perplexity, value: value, threshold: own + 1) && value > own)
    #expect(verdict(text, model, own).1 == nil)
    // Without a model there is no value and no verdict, and the empty text has no perplexity.
    #expect(verdict(garbled, nil, 1).0.isNaN && verdict(garbled, nil, 1).1 == nil)
    #expect(verdict([], model, 1).0 == 0)
  }
}
