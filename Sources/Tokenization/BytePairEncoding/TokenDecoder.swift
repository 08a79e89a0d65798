// Ids to text: the bytes of the tokens, end to end.

/// A decoder of a tokenizer's ids.
public struct TokenDecoder: Sendable {
  private let model: TokenizerModel
  private let specialIDs: Set<UInt32>

  public init(model: TokenizerModel) {
    self.model = model
    specialIDs = Set(model.specialTokens.map(\.id))
  }

  /// The bytes of `ids`; an id without a token has none. Not UTF-8 when a character's tokens are not all there. O(n).
  public func decode(_ ids: [UInt32], skipSpecial: Bool) -> [UInt8] {
    var text: [UInt8] = []
    for id in ids where !(skipSpecial && specialIDs.contains(id)) { text.append(contentsOf: model.tokenBytes(id)) }
    return text
  }
}
