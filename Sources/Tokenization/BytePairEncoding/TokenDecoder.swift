// Ids to text: the bytes of the tokens, end to end. Equal to Hugging Face's ByteLevel decoder but for two things: bytes
// that are no UTF-8 are given as they are, and an added token outside of the vocabulary is its content.

/// A decoder of a tokenizer's ids. `decode` gives back what was encoded, all but the blanks that a token with `lstrip`
/// or `rstrip` took in and the space that `add_prefix_space` added.
public struct TokenDecoder: Sendable {
  private let tokens: TokenBytes
  /// By id: left out on request.
  private let isSpecial: [Bool]

  public init(model: TokenizerModel) {
    tokens = model.tokens
    var isSpecial = [Bool](repeating: false, count: model.vocabularySize)
    for token in model.addedTokens where token.isSpecial && Int(token.id) < isSpecial.count {
      isSpecial[Int(token.id)] = true
    }
    self.isSpecial = isSpecial
  }

  /// The bytes of `ids`; an id without a token has none. Not UTF-8 when a character's tokens are not all there. O(n).
  public func decode(_ ids: [UInt32], skipSpecial: Bool) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(ids.count * 4)
    for id in ids {
      if skipSpecial, Int(id) < isSpecial.count, isSpecial[Int(id)] { continue }
      text.append(contentsOf: tokens.bytes(id))
    }
    withExtendedLifetime(tokens) {}
    return text
  }
}
