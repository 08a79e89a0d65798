// Perplexity of a text under an n-gram model, as CCNet (arXiv 1911.00359, section 3.4 and its published code) and ROOTS
// (arXiv 2303.03915, appendix; perplexity filter of its OSCAR recipe) compute it.
import Glibc

/// What a model says of a text.
public struct NGramScore: Sendable, Equatable {
  /// Sum over all tokens of log10 P(token | those before it).
  public var log10 = 0.0
  /// Tokens, and one end for each line that holds a token.
  public var tokens = 0

  /// 10^(-log10 / tokens): how many tokens the model takes for equally likely at each place, on average. 1 and up for a
  /// model whose probabilities are at most 1, at most 10^30; 0 without tokens.
  public var perplexity: Double {
    tokens == 0 ? 0 : pow(10, min(30, max(0, -log10 / Double(tokens))))
  }
}

extension NGramModel {
  /// Each line is a sentence of its own, between `<s>` and `</s>`; lines without a token count nothing. O(characters).
  public func score(_ text: String) -> NGramScore {
    let characters = text.unicodeScalars.map(\.value)
    return characters.withUnsafeBufferPointer(score)
  }

  func score(_ text: UnsafeBufferPointer<UInt32>) -> NGramScore {
    var total = NGramScore()
    var start = 0
    while start < text.count {
      var end = start
      while end < text.count, text[end] != 0x0A { end &+= 1 }
      let line = UnsafeBufferPointer(rebasing: text[start..<end])
      var state = NGramState()
      state.begin(self)
      if units.areCharacters { addCharacters(line, to: &state) } else { addWords(line, to: &state) }
      if state.tokens > 0 {
        state.add(self.end, self)
        total.log10 += state.log10
        total.tokens += state.tokens
      }
      start = end &+ 1
    }
    return total
  }

  private func addCharacters(_ line: UnsafeBufferPointer<UInt32>, to state: inout NGramState) {
    let table = CharacterTable.shared
    let space = number(ofCharacter: NGramUnits.space)
    var isSpacePending = false
    for character in line {
      let properties = table.properties(character)
      if properties & CharacterTable.space != 0 {
        isSpacePending = state.tokens > 0
        continue
      }
      if isSpacePending {
        state.add(space, self)
        isSpacePending = false
      }
      state.add(number(ofCharacter: units.areFolded ? table.folded(character, properties) : character), self)
    }
  }

  private func addWords(_ line: UnsafeBufferPointer<UInt32>, to state: inout NGramState) {
    let table = CharacterTable.shared
    var spelling = Spelling()
    var isInside = false
    for character in line {
      let properties = table.properties(character)
      if properties & CharacterTable.space == 0 {
        spelling.add(units.areFolded ? table.folded(character, properties) : character)
        isInside = true
      } else if isInside {
        state.add(number(of: spelling), self)
        spelling = Spelling()
        isInside = false
      }
    }
    if isInside { state.add(number(of: spelling), self) }
  }
}

extension CharacterTable {
  /// The character as folded models spell it.
  @inline(__always)
  func folded(_ character: UInt32, _ properties: UInt8) -> UInt32 {
    properties & CharacterTable.number != 0 ? 0x30 : lowercased(character)
  }
}
