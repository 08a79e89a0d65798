// A tokenizer ready for use: what each id stands for, and the tables an encoder looks pairs up in.

/// A token that is found in raw text before it is cut into pieces. Flags have Hugging Face's meaning.
public struct AddedToken: Sendable, Hashable {
  public var content: String
  public var id: UInt32
  /// Skipped in decoding on request, and left alone by encoders that read special tokens as text.
  public var isSpecial: Bool
  /// Looked for after the tokens that are not normalized, in what these leave.
  public var isNormalized: Bool
  /// Found only where neither neighbour is a character of a word (`single_word`).
  public var isSingleWord: Bool
  /// Takes in the blanks before it (`lstrip`).
  public var stripsLeft: Bool
  /// Takes in the blanks behind it (`rstrip`).
  public var stripsRight: Bool

  public init(
    content: String, id: UInt32, isSpecial: Bool = true, isNormalized: Bool = false, isSingleWord: Bool = false,
    stripsLeft: Bool = false, stripsRight: Bool = false
  ) {
    self.content = content
    self.id = id
    self.isSpecial = isSpecial
    self.isNormalized = isNormalized
    self.isSingleWord = isSingleWord
    self.stripsLeft = stripsLeft
    self.stripsRight = stripsRight
  }
}

/// A byte-level BPE tokenizer; immutable, shared by the encoders of all threads.
public struct TokenizerModel: Sendable {
  /// Largest id + 1, at most this: pairs and ranks are packed in 64 bits.
  static let largestVocabulary = (1 << 20) - 1
  static let largestMergeCount = MergeTable.mostMerges

  /// What a file says of a model beside its tokens and merges.
  struct Parts: Sendable {
    var preTokenizer: PreTokenizerKind
    var addedTokens: [AddedToken] = []
    var ignoresMerges = false
    var addsPrefixSpace = false
    /// Stands for each byte that has no token.
    var unknownID: UInt32?
    /// Added tokens that the vocabulary lacks.
    var outside: [UInt32] = []
  }

  public let preTokenizer: PreTokenizerKind
  /// All added tokens, special or not, in the order of the file.
  public let addedTokens: [AddedToken]
  /// The added tokens as a scanner finds them.
  public let addedTokenScanner: AddedTokenScanner
  /// A piece that is a token as a whole is that token, whatever merging would give: see `wholePieceID`.
  public let ignoresMerges: Bool
  /// Each part of a text between added tokens that does not begin with a space gets one.
  public let addsPrefixSpace: Bool
  /// Ids of added tokens that are not of the vocabulary.
  let outside: [UInt32]
  /// What each byte that has no token becomes.
  let unknownID: UInt32?
  private let vocabulary: TokensOnDemand
  let merges: MergeTable
  /// Where long pieces may be cut; nil where that would not be exact.
  let cuts: CharacterCutsOnDemand?

  /// Largest id + 1. Ids without a token are possible in foreign files.
  public var vocabularySize: Int { vocabulary.size }

  /// The tokens; encoding needs none of them where merges are not ignored.
  var table: TokenTable { vocabulary.table }

  /// The same by id alone.
  var tokens: TokenBytes { vocabulary.tokens }

  /// Merges as the file lists them, best first. O(merges).
  var mergeList: MergeList { merges.symbols.list }

  public var specialTokens: [AddedToken] { addedTokens.filter(\.isSpecial) }

  /// Parts already checked by a reader: merges name tokens of the table, and ranks are shared as `MergeSymbols` says.
  /// Throws what `MergeTable` throws.
  init(
    _ parts: Parts, _ table: TokenTable, _ merges: MergeList, sharedRanks: [UInt32]? = nil
  ) throws(TokenizationFailure) {
    let symbols = MergeSymbols(
      merges, ranks: sharedRanks, byteID: Self.byteIDs(table), unknownID: parts.unknownID)
    self.init(parts, TokensOnDemand(table, isNeeded: parts.ignoresMerges), try MergeTable(symbols))
  }

  init(_ parts: Parts, _ vocabulary: TokensOnDemand, _ merges: MergeTable) {
    preTokenizer = parts.preTokenizer
    addedTokens = parts.addedTokens
    addedTokenScanner = AddedTokenScanner(parts.addedTokens)
    ignoresMerges = parts.ignoresMerges
    addsPrefixSpace = parts.addsPrefixSpace
    outside = parts.outside
    unknownID = parts.unknownID
    self.vocabulary = vocabulary
    self.merges = merges
    cuts = parts.ignoresMerges ? nil : CharacterCutsOnDemand(merges)
  }

  /// The tokenizer just trained, as a reader of its file would give it. Throws what the reader throws.
  public init(_ trained: TrainedModel, preTokenizer: PreTokenizerKind) throws(TokenizationFailure) {
    self = try TokenizerFile.read(TokenizerFile.write(trained, preTokenizer: preTokenizer))
  }

  /// The bytes an id stands for; none for an id that has no token.
  public func tokenBytes(_ id: UInt32) -> [UInt8] {
    withTokenBytes(id) { Array($0) }
  }

  /// Calls `body` with the bytes an id stands for, without copying them; the buffer is valid during the call only.
  public func withTokenBytes<Result, Failure>(
    _ id: UInt32, _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // They own the bytes and must outlive the call.
    let tokens = self.tokens
    let result = try body(tokens.bytes(id))
    withExtendedLifetime(tokens) {}
    return result
  }

  /// The id of an added token's text, or else of the token with these bytes; nil when there is none. O(length).
  public func id(of token: String) -> UInt32? {
    var token = token
    return token.withUTF8 { bytes in
      if let id = table.id(of: bytes, .literal) { return id }
      // An added token of the vocabulary is found by its text; `spell` keeps ASCII as it is.
      if let id = table.id(written: Array(bytes)), addedTokens.contains(where: { $0.id == id }) { return id }
      return table.id(of: bytes, .alphabet)
    }
  }

  /// The id of the token of the vocabulary whose bytes are `piece`: what a piece becomes first under `ignoresMerges`.
  /// Added tokens outside of the vocabulary are none. O(length).
  public func wholePieceID(_ piece: UnsafeBufferPointer<UInt8>) -> UInt32? { table.id(of: piece, .alphabet) }

  /// The special token that ends a document by custom: `</s>`, `<|endoftext|>`, `<|end_of_text|>` or `<eos>`.
  public var endOfDocumentID: UInt32? {
    for name in ["</s>", "<|endoftext|>", "<|end_of_text|>", "<eos>", "<｜end▁of▁sentence｜>"] {
      if let token = specialTokens.first(where: { $0.content == name }) { return token.id }
    }
    return nil
  }

  /// Id of each byte's token; `MergeSymbols.none` for a byte without one.
  static func byteIDs(_ table: TokenTable) -> [UInt32] {
    (0..<256).map { byte in
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1) { memory in
        memory.initialize(repeating: UInt8(byte))
        return table.id(of: UnsafeBufferPointer(memory), .alphabet) ?? MergeSymbols.none
      }
    }
  }
}
