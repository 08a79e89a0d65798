// Text to ids: added tokens are cut out, the rest is split into pieces, each piece is merged or remembered.
import CorpusCore

/// What to do with a special token that a text happens to spell.
public enum SpecialTokensInText: String, Sendable, Codable {
  /// Give its id, as Hugging Face does by default.
  case parse
  /// Encode its characters like any others: Hugging Face's `encode_special_tokens`.
  case text
}

/// An encoder; one a thread. Ids equal those of Hugging Face's tokenizers.
public final class BytePairEncoder {
  private let model: TokenizerModel
  private let preTokenizer: PreTokenizer
  private let specialTokensInText: SpecialTokensInText
  private let scanner: AddedTokenScanner
  /// A segment behind the space that `add_prefix_space` puts before it.
  private var spaced: [UInt8] = []
  private var cache: PieceCache
  private var merger: PieceMerger
  private var usesCache: Bool
  /// Special tokens that texts spelled, whatever was done with them.
  public private(set) var metSpecialTokens = 0

  /// `cacheBytes` bounds the memory of remembered pieces; 0 remembers none. Other memory is bounded by the longest piece.
  public init(model: TokenizerModel, specialTokensInText: SpecialTokensInText, cacheBytes: Int = 16 << 20) {
    self.model = model
    self.specialTokensInText = specialTokensInText
    preTokenizer = PreTokenizer(kind: model.preTokenizer)
    scanner = model.addedTokenScanner
    cache = PieceCache(bytes: cacheBytes)
    usesCache = cacheBytes > 0
    merger = PieceMerger(table: model.merges)
  }

  /// Appends the ids of `text`, which should be UTF-8. O(n log n) at worst.
  public func encode(_ text: Span<UInt8>, into ids: inout [UInt32]) {
    text.withUnsafeBufferPointer { encode($0, into: &ids) }
  }

  /// The same for text in memory of its own.
  public func encode(_ text: UnsafeBufferPointer<UInt8>, into ids: inout [UInt32]) {
    metSpecialTokens += scanner.forEachSegment(text, specialTokensInText) { segment in
      switch segment {
      case .token(let id): ids.append(id)
      case .text(let range): encodeOrdinary(UnsafeBufferPointer(rebasing: text[range]), into: &ids)
      }
    }
  }

  private func encodeOrdinary(_ text: UnsafeBufferPointer<UInt8>, into ids: inout [UInt32]) {
    if model.addsPrefixSpace, text.first != 0x20 {
      spaced.removeAll(keepingCapacity: true)
      spaced.append(0x20)
      spaced.append(contentsOf: text)
      spaced.withUnsafeBufferPointer { text in preTokenizer.forEachPiece(text) { encodePiece($0, into: &ids) } }
    } else {
      preTokenizer.forEachPiece(text) { encodePiece($0, into: &ids) }
    }
  }

  @inline(__always)
  private func encodePiece(_ piece: UnsafeBufferPointer<UInt8>, into ids: inout [UInt32]) {
    guard usesCache, piece.count <= PieceCache.longestKey else {
      return mergePiece(piece, into: &ids)
    }
    let set = cache.set(of: hash64(UnsafeRawBufferPointer(piece)))
    if cache.find(piece, set, into: &ids) { return }
    let start = ids.count
    mergePiece(piece, into: &ids)
    cache.insert(piece, set, ids[start...])
  }

  private func mergePiece(_ piece: UnsafeBufferPointer<UInt8>, into ids: inout [UInt32]) {
    if model.ignoresMerges, let id = model.wholePieceID(piece) { return ids.append(id) }
    // Positions in the merger are 32-bit; a piece of 2 GiB is cut, where no other encoder gets so far.
    let limit = 1 << 31
    var start = 0
    while start < piece.count {
      let end = min(start + limit, piece.count)
      merger.merge(UnsafeBufferPointer(rebasing: piece[start..<end]), into: &ids)
      start = end
    }
  }
}
