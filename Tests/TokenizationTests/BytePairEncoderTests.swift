import TestSupport
import Testing

@testable import Tokenization

@Suite struct BytePairEncoderTests {
  @Test(arguments: ["bloom", "gpt2"])
  func idsEqualHuggingFaces(_ kind: String) throws {
    let model = try TokenizerFile.read(fixture("\(kind)-1000.json"))
    let decoder = TokenDecoder(model: model)
    for example in try cases("\(kind)-cases.json") {
      for cacheBytes in [0, 1 << 10, 1 << 20] {
        #expect(encode(example.text, model, cacheBytes: cacheBytes) == example.ids)
        #expect(encode(example.text, model, .text, cacheBytes: cacheBytes) == example.idsAsText ?? example.ids)
      }
      #expect(decoder.decode(example.ids, skipSpecial: false) == Array(example.text.utf8))
    }
  }

  @Test func bothMergeLoopsEqualThePlainTwin() throws {
    let model = try TokenizerFile.read(fixture("bloom-1000.json"))
    var generator = SplitMix64(state: 5)
    var merger = PieceMerger(table: model.merges)
    for length in 1..<300 {
      let piece = (0..<length).map { _ in
        [97, 101, 110, 115, 116, 32, 104].randomElement(using: &generator) ?? UInt8(97)
      }
      let expected = NaiveBytePairEncoder.merge(piece.map { model.merges.symbols.byteSymbols[Int($0)] }) {
        left, right in
        let rank = model.merges.rank(left, right)
        return rank == MergeTable.noRank ? nil : (Int(rank), model.merges.symbol(ofRank: rank))
      }
      var symbols = RawArray<UInt32>()
      piece.withUnsafeBufferPointer { merger.merge($0, into: &symbols) }
      #expect(Array(UnsafeBufferPointer(start: symbols.base, count: symbols.count)) == expected)
    }
  }

  @Test func aMillionDashesAreNoStall() throws {
    let model = try TokenizerFile.read(fixture("bloom-1000.json"))
    let text = String(repeating: "-", count: 1_000_000)
    let ids = encode(text, model)
    #expect(TokenDecoder(model: model).decode(ids, skipSpecial: true).count == 1_000_000)
  }

  @Test func specialTokensInTextAreCounted() throws {
    let model = try TokenizerFile.read(fixture("bloom-1000.json"))
    let encoder = BytePairEncoder(model: model, specialTokensInText: .text, cacheBytes: 0)
    var ids: [UInt32] = []
    encoder.encode(Array("a<s>b</s>".utf8).span, into: &ids)
    #expect(encoder.metSpecialTokens == 2)
    #expect(model.endOfDocumentID == 2 && model.id(of: "<pad>") == 3)
  }
}
