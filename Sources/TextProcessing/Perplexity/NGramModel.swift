// A back-off n-gram model in memory, as an ARPA file states it: how likely each token is after those before it. Tokens are
// numbers, n-grams are keys of 64 bits in one table, so a look costs one cache line.

/// What a model's tokens are, and how a text is brought to its spelling.
public struct NGramUnits: Sendable, Hashable {
  /// Tokens are characters, a run of white space is one (U+2581); else what stands between white space.
  public var areCharacters: Bool
  /// Lower-cased, and every number character is a 0, as in CCNet.
  public var areFolded: Bool

  public init(areCharacters: Bool, areFolded: Bool) {
    self.areCharacters = areCharacters
    self.areFolded = areFolded
  }

  /// The token of white space.
  static let space: UInt32 = 0x2581
}

/// Logarithms to base 10.
struct NGramWeights: Sendable, Equatable {
  var probability: Float
  /// Of the n-gram as a context; 0 where the file gives none.
  var backoff: Float = 0
}

/// The model of one `.arpa` file; made by `ARPAReader`. Many threads may use it.
///
/// Equal to KenLM: P(w | h) is that of the longest n-gram of the model that ends the text, times the back-off weights of
/// all longer contexts (Katz 1987; Heafield 2011). Two tokens, or two n-grams, of equal 64-bit hash are taken for one.
public struct NGramModel: Sendable {
  public static let maximumOrder = 5

  /// Tokens of the longest n-grams, 1 to 5.
  public internal(set) var order = 1
  public internal(set) var units = NGramUnits(areCharacters: false, areFolded: false)
  /// By number of the token; 0 is `<unk>`, which KenLM gives 10^-100 when the file has none.
  var unigrams = [NGramWeights(probability: -100)]
  var vocabulary = HashedTable<UInt32>(empty: 0)
  var grams = HashedTable<NGramWeights>(empty: NGramWeights(probability: 0))
  var begin: UInt32 = 0
  var end: UInt32 = 0
  /// Numbers of the characters below U+10000, for models of characters.
  var characterNumbers: [UInt32] = []

  init() {}

  /// N-grams of all orders.
  public var count: Int { unigrams.count + grams.count }

  /// Key of a token's spelling.
  struct Spelling {
    private var state: UInt64 = 0x9E37_79B9_7F4A_7C15

    @inline(__always)
    mutating func add(_ character: UInt32) {
      state = (state ^ UInt64(character)) &* 0x9FB2_1C65_1E98_DF25
      state ^= state &>> 32
    }

    var key: UInt64 { state }
  }

  /// Key of the n-gram that has one token more at its front; the key of a single token is its number plus 1.
  @inline(__always)
  static func key(_ rest: UInt64, before token: UInt32) -> UInt64 {
    // Not the same way for both, or a b would be b a.
    let mixed = ((rest &* 0x9E37_79B9_7F4A_7C15) ^ (UInt64(token) &+ 1)) &* 0xD6E8_FEB8_6659_FD93
    return mixed ^ (mixed &>> 32)
  }

  static func key(_ tokens: some BidirectionalCollection<UInt32>) -> UInt64 {
    var key: UInt64 = 0
    for token in tokens.reversed() {
      key = key == 0 ? UInt64(token) &+ 1 : Self.key(key, before: token)
    }
    return key
  }

  func number(of spelling: Spelling) -> UInt32 { vocabulary[spelling.key] ?? 0 }

  @inline(__always)
  func number(ofCharacter character: UInt32) -> UInt32 {
    if character < 0x10000, !characterNumbers.isEmpty { return characterNumbers[Int(character)] }
    var spelling = Spelling()
    spelling.add(character)
    return number(of: spelling)
  }
}

/// The tokens of one sentence so far.
struct NGramState {
  private(set) var log10 = 0.0
  /// Tokens scored, the end of the sentence among them.
  private(set) var tokens = 0
  /// Keys of the n-grams that end the text, by length - 1: those of the model's longest and shorter ones are true.
  private var keys = InlineArray<5, UInt64>(repeating: 0)
  /// The last tokens, the latest first.
  private var history = InlineArray<4, UInt32>(repeating: 0)
  /// Tokens at the end of the text that are an n-gram of the model.
  private var matched = 0

  /// Puts the state behind `<s>`.
  mutating func begin(_ model: borrowing NGramModel) {
    history[0] = model.begin
    keys[0] = UInt64(model.begin) &+ 1
    matched = 1
  }

  /// O(order), one or two looks into the table where the text is as the model expects it.
  @inline(__always)
  mutating func add(_ token: UInt32, _ model: borrowing NGramModel) {
    let context = min(matched, model.order - 1)
    var next = InlineArray<5, UInt64>(repeating: 0)
    var key = UInt64(token) &+ 1
    next[0] = key
    var length = 1
    while length <= context {
      key = NGramModel.key(key, before: history[length &- 1])
      next[length] = key
      length &+= 1
    }
    var found = 1
    var weights = model.unigrams[Int(token)]
    // A context that the model does not have begins none of its n-grams (the reader checks that), so no longer one can match.
    length = context &+ 1
    while length > 1 {
      if let longer = model.grams[next[length &- 1]] {
        (weights, found) = (longer, length)
        break
      }
      length &-= 1
    }
    var score = weights.probability
    length = found
    while length <= context {
      if length == 1 {
        score += model.unigrams[Int(history[0])].backoff
      } else if let skipped = model.grams[keys[length &- 1]] {
        score += skipped.backoff
      }
      length &+= 1
    }
    log10 += Double(score)
    tokens &+= 1
    keys = next
    matched = found
    history[3] = history[2]
    history[2] = history[1]
    history[1] = history[0]
    history[0] = token
  }
}
