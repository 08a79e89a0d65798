// A tokenizer as a loaded one has it in memory, but for what is made again faster than it is read: merges by their ids, and
// where their pairs went in the perfect hash. docs/formats/compiled-tokenizer.md is the layout.
import CorpusCore

extension TokenizerFile {
  /// A model in the form that loads soonest: a third of its tokenizer.json, read in a third of the time.
  ///
  /// `read` gives the model that it gives of `write(model)`. Throws `unsupportedPart` where `write` does.
  public static func writeCompiled(_ model: TokenizerModel) throws(TokenizationFailure) -> [UInt8] {
    // What a file says of added tokens and ids is settled by reading one.
    CompiledTokenizer.write(try read(write(model)))
  }
}

enum CompiledTokenizer {
  private static let magic = Array("XYLMTOK1".utf8)
  private static let headerBytes = 32
  private static let digestBytes = 16

  static func begins(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool { bytes.starts(with: magic) }

  // MARK: Writing

  static func write(_ model: TokenizerModel) -> [UInt8] {
    var text = TokenizerFile.begun(model, capacity: 1 << 12)
    text.putMiddle()
    let parts = text.finish()
    let outside = Set(model.outside)
    var sizes: [UInt32] = []
    var tokens: [UInt8] = []
    for id in 0..<UInt32(truncatingIfNeeded: model.table.size) {
      guard let spelling = model.table.spelling(id), !outside.contains(id) else {
        sizes.append(0)
        continue
      }
      let bytes = model.table.bytes(id)
      sizes.append(UInt32(truncatingIfNeeded: bytes.count) << 2 | spelling.rawValue)
      tokens += bytes
    }
    // Ids behind the vocabulary belong to added tokens.
    while sizes.last == 0 { sizes.removeLast() }
    var out = magic
    let placement = model.merges.placement
    for number in [parts.count, sizes.count, tokens.count, model.mergeList.count, placement.count, 0] {
      append(UInt32(truncatingIfNeeded: number), to: &out)
    }
    for size in sizes { append(size, to: &out) }
    for merge in model.mergeList {
      append(merge.left, to: &out)
      append(merge.right, to: &out)
      append(merge.id, to: &out)
    }
    for displacement in placement { append(displacement, to: &out) }
    out += parts
    out += tokens
    let digest = Digest128(hashing: out)
    append(digest.low, to: &out)
    append(digest.high, to: &out)
    return out
  }

  private static func append(_ number: some FixedWidthInteger, to out: inout [UInt8]) {
    withUnsafeBytes(of: number.littleEndian) { out.append(contentsOf: $0) }
  }

  // MARK: Reading

  /// Nothing of the file is believed: sizes are held against its length, a digest against its bytes, and each merge makes
  /// of two tokens' bytes those of a third. O(n).
  static func read(_ bytes: UnsafeBufferPointer<UInt8>) throws(TokenizationFailure) -> TokenizerModel {
    let raw = UnsafeRawBufferPointer(bytes)
    guard raw.count >= headerBytes + digestBytes else { throw damaged("it is cut short") }
    func size(_ index: Int) -> Int {
      let number: UInt32 = number(raw, magic.count / 4 + index)
      return Int(number)
    }
    let (partBytes, idCount, tokenBytes, mergeCount, placementCount) = (size(0), size(1), size(2), size(3), size(4))
    let expected =
      headerBytes + 4 * idCount + 12 * mergeCount + 2 * placementCount + partBytes + tokenBytes + digestBytes
    guard raw.count == expected else {
      throw damaged("its header describes \(expected) bytes, and it has \(raw.count)")
    }
    guard idCount <= TokenizerModel.largestVocabulary, mergeCount <= TokenizerModel.largestMergeCount else {
      throw .unsupportedPart(
        name: "compiled tokenizer",
        detail: "\(idCount) ids and \(mergeCount) merges; \(TokenizerModel.largestVocabulary) and "
          + "\(TokenizerModel.largestMergeCount) are accepted")
    }
    let end = raw.count - digestBytes
    let digest = Digest128(hashing: UnsafeRawBufferPointer(rebasing: raw[..<end]))
    let written = UnsafeRawBufferPointer(rebasing: raw[end...])
    guard digest == Digest128(high: number(written, 1), low: number(written, 0)) else {
      throw damaged("its bytes do not have its digest")
    }

    var at = headerBytes
    func take(_ count: Int) -> UnsafeRawBufferPointer {
      defer { at += count }
      return UnsafeRawBufferPointer(rebasing: raw[at..<at + count])
    }
    let sizes = take(4 * idCount)
    let mergeIDs = take(12 * mergeCount)
    let displacements = take(2 * placementCount)
    let placement: [UInt16] = (0..<placementCount).map { number(displacements, $0) }
    let parts = take(partBytes)
    var builder = TokenTableBuilder(packed: take(tokenBytes).bindMemory(to: UInt8.self))
    for id in 0..<idCount {
      let size: UInt32 = number(sizes, id)
      if size != 0 { try builder.addNext(size, id: UInt32(truncatingIfNeeded: id)) }
    }
    guard builder.isAtEnd else { throw damaged("its tokens have other lengths than their bytes") }
    let table = try builder.build()
    let merges = try merges(mergeIDs, table)
    var parse = TokenizerParse(table, merges, placement: placement)
    return try parse.model(parts.bindMemory(to: UInt8.self))
  }

  private static func merges(
    _ bytes: UnsafeRawBufferPointer, _ table: TokenTable
  ) throws(TokenizationFailure) -> MergeList {
    let count = bytes.count / 12
    var merges = RawArray<Merge>(inLargePages: count)
    for index in 0..<count {
      let merge: Merge = (number(bytes, 3 * index), number(bytes, 3 * index + 1), number(bytes, 3 * index + 2))
      guard table.isSound(merge) || isIdle(merge, table) else {
        throw damaged("merge \(index) names or makes another token than its vocabulary has")
      }
      merges.append(merge)
    }
    return MergeList(merges)
  }

  /// A merge that can never happen is kept as it is: one of its tokens is not of the byte alphabet, so nothing makes it.
  private static func isIdle(_ merge: Merge, _ table: TokenTable) -> Bool {
    guard let left = table.spelling(merge.left), let right = table.spelling(merge.right) else { return false }
    return (left == .literal || right == .literal) && table.spelling(merge.id) == .literal
  }

  /// Number `index` of a row.
  @inline(__always)
  private static func number<Number: FixedWidthInteger & BitwiseCopyable>(
    _ bytes: UnsafeRawBufferPointer, _ index: Int
  ) -> Number {
    Number(littleEndian: bytes.loadUnaligned(fromByteOffset: MemoryLayout<Number>.size * index, as: Number.self))
  }

  private static func damaged(_ detail: String) -> TokenizationFailure {
    .malformedFile("damaged compiled tokenizer: \(detail); write it anew from its tokenizer.json")
  }
}
