// What to train, how far training has come and what it gives.

/// What a byte-pair trainer is to learn. Defaults are BLOOM's (arXiv 2211.05100, section 3.2).
public struct TrainerOptions: Sendable, Hashable, Codable {
  /// Entries in all: special tokens, 256 bytes and merges. At most 2^20 - 1.
  public var vocabularySize = 250_680
  /// A pair that occurs more rarely is not merged; 0 and 1 both mean "at least once".
  public var minimumFrequency: UInt64 = 0
  /// Numbered first, in this order; repetitions are skipped.
  public var specialTokens = ["<unk>", "<s>", "</s>", "<pad>"]
  /// true: no merge may spell a special token, so ordinary text can never yield its id. false: as Hugging Face does.
  public var protectSpecialTokens = false
  /// Learned tokens are shorter than this (two bytes are always allowed); nil sets no limit. Hugging Face's
  /// `max_token_length`.
  public var maximumTokenLength: Int?
  /// Bytes that are in the vocabulary whether they occur or not. Hugging Face's `initial_alphabet`.
  public var initialAlphabet = InitialAlphabet.allBytes
  /// Keeps the bytes of `initialAlphabet` and as many of the most frequent others as make this many; nil keeps all.
  /// Of equally frequent ones those of larger code points (in GPT-2's byte alphabet) go first; Hugging Face leaves that to
  /// chance. A dropped byte vanishes from the text, and its neighbours become neighbours. Hugging Face's
  /// `limit_alphabet`.
  public var alphabetLimit: Int?
  /// Pieces that occur more rarely are left out, which changes the result: a way to fit memory. 0 and 1 keep all.
  public var minimumPieceCount: UInt64 = 0

  public init() {}
}

/// Bytes that a vocabulary holds from the start.
public enum InitialAlphabet: Sendable, Hashable, Codable {
  case allBytes
  /// Only bytes that occur.
  case none
  /// These bytes, and those that occur.
  case bytes([UInt8])

  var bytes: Set<UInt8> {
    switch self {
    case .allBytes: Set(0...255)
    case .none: []
    case .bytes(let bytes): Set(bytes)
    }
  }
}

/// How far training has come.
public struct TrainingProgress: Sendable {
  public var vocabularyCount: Int
  public var vocabularySize: Int
  public var mergeCount: Int
  /// Occurrences of the pair merged last.
  public var pairCount: UInt64
  /// Pairs watched at this time: those frequent enough to be merged soon.
  public var distinctPairs: Int
  public var memoryBytes: Int
}

/// A trained vocabulary: special tokens, then bytes, then merges in the order they were learned.
public struct TrainedModel: Sendable {
  /// Bytes of each token, by id; of a special token, its text in UTF-8.
  public var vocabulary: [[UInt8]]
  /// Pairs of ids, best first.
  public var merges: [(UInt32, UInt32)]
  public var specialTokens: [String]
  /// Some pair occurred 2^31 times or more: beyond this Hugging Face's counts wrap, and the merges may differ from its.
  public var overflowed32Bits: Bool

  public init(
    vocabulary: [[UInt8]], merges: [(UInt32, UInt32)], specialTokens: [String], overflowed32Bits: Bool = false
  ) {
    self.vocabulary = vocabulary
    self.merges = merges
    self.specialTokens = specialTokens
    self.overflowed32Bits = overflowed32Bits
  }
}
