// A tokenizer ready for use: what each id stands for, and the tables an encoder looks pairs up in.

/// A token that is found in raw text before it is cut into pieces.
public struct AddedToken: Sendable, Hashable {
  public var content: String
  public var id: UInt32
  /// Skipped in decoding on request, and left alone by encoders that read special tokens as text.
  public var isSpecial: Bool
  /// Looked for after the tokens that are not normalized, in what these leave.
  public var isNormalized: Bool

  public init(content: String, id: UInt32, isSpecial: Bool = true, isNormalized: Bool = false) {
    self.content = content
    self.id = id
    self.isSpecial = isSpecial
    self.isNormalized = isNormalized
  }
}

/// A byte-level BPE tokenizer; immutable, shared by the encoders of all threads.
public struct TokenizerModel: Sendable {
  /// Largest id + 1, at most this: pairs and ranks are packed in 64 bits.
  static let largestVocabulary = (1 << 20) - 1
  static let largestMergeCount = (1 << 24) - 1

  public let preTokenizer: PreTokenizerKind
  /// All added tokens, special or not, in the order of the file.
  public let addedTokens: [AddedToken]
  private let tokens: [[UInt8]]
  let merges: MergeTable

  /// Largest id + 1. Ids without a token are possible in foreign files.
  public var vocabularySize: Int { tokens.count }

  public var specialTokens: [AddedToken] { addedTokens.filter(\.isSpecial) }

  /// Parts already checked by a reader: ids below `tokens.count`, merges that have a token.
  init(
    preTokenizer: PreTokenizerKind, tokens: [[UInt8]], merges: [(left: UInt32, right: UInt32, id: UInt32)],
    byteID: [UInt32], addedTokens: [AddedToken]
  ) {
    self.preTokenizer = preTokenizer
    self.tokens = tokens
    self.addedTokens = addedTokens
    self.merges = MergeTable(merges, byteID: byteID)
  }

  /// The tokenizer just trained, as a reader of its file would give it. Throws what the reader throws.
  public init(_ trained: TrainedModel, preTokenizer: PreTokenizerKind) throws(TokenizationFailure) {
    self = try TokenizerFile.read(TokenizerFile.write(trained, preTokenizer: preTokenizer))
  }

  /// The bytes an id stands for; none for an id that has no token.
  public func tokenBytes(_ id: UInt32) -> [UInt8] { Int(id) < tokens.count ? tokens[Int(id)] : [] }

  /// The id of an added token's text, or else of the token with these bytes; nil when there is none. O(vocabulary).
  public func id(of token: String) -> UInt32? {
    let bytes = Array(token.utf8)
    if let added = addedTokens.first(where: { Array($0.content.utf8) == bytes }) { return added.id }
    return tokens.firstIndex(of: bytes).map { UInt32($0) }
  }

  /// The special token that ends a document by custom: `</s>`, `<|endoftext|>`, `<|end_of_text|>` or `<eos>`.
  public var endOfDocumentID: UInt32? {
    for name in ["</s>", "<|endoftext|>", "<|end_of_text|>", "<eos>"] {
      if let token = specialTokens.first(where: { $0.content == name }) { return token.id }
    }
    return nil
  }
}
