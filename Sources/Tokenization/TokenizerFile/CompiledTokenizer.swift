// A tokenizer as encoders have it: merges by what they join, and where their pairs went in the perfect hash. What merges
// make has the bytes of its parts, so only the other tokens are written down. docs/formats/compiled-tokenizer.md is the
// layout.
import CorpusCore

extension TokenizerFile {
  /// A model in the form that loads soonest: a tenth of its tokenizer.json.
  ///
  /// `read` gives the model that it gives of `write(model)`. Throws `unsupportedPart` where `write` does.
  public static func writeCompiled(_ model: TokenizerModel) throws(TokenizationFailure) -> [UInt8] {
    // What a file says of added tokens and ids is settled by reading one.
    CompiledTokenizer.write(try read(write(model)))
  }
}

enum CompiledTokenizer {
  private static let kind = Array("XYLMTOK".utf8)
  private static let version = UInt8(ascii: "2")
  private static let headerBytes = 48
  private static let digestBytes = 16

  /// Whether it is a compiled tokenizer, of whatever version.
  static func begins(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool { bytes.starts(with: kind) }

  // MARK: Writing

  static func write(_ model: TokenizerModel) -> [UInt8] {
    var text = TokenizerFile.begun(model, capacity: 1 << 12)
    text.putMiddle()
    let parts = text.finish()
    let table = model.table
    let symbols = UnsafeBufferPointer(start: model.merges.ids + 256, count: model.merges.symbols.count)
    let outside = Set(model.outside)
    let isMade = madeTokens(model, table)
    var listed: [UInt32] = []
    var tokens: [UInt8] = []
    var counts = (ids: 0, tokens: 0)
    for id in 0..<UInt32(truncatingIfNeeded: table.size) {
      guard let spelling = table.spelling(id), !outside.contains(id) else { continue }
      counts = (Int(id) + 1, counts.tokens + 1)
      if isMade[Int(id)] { continue }
      let bytes = table.bytes(id)
      listed += [id, UInt32(truncatingIfNeeded: bytes.count) << 2 | spelling.rawValue]
      tokens += bytes
    }
    // A run of ids that ascend by one: the rank it begins with, and the id.
    var runs: [UInt32] = []
    for (rank, id) in symbols.enumerated() where rank == 0 || id != symbols[rank - 1] &+ 1 {
      runs += [UInt32(truncatingIfNeeded: rank), id]
    }
    let idle = model.merges.symbols.idleMerges.flatMap { [$0.left, $0.right] }
    let placement = model.merges.placement
    var out = kind + [version]
    let numbers = [
      parts.count, counts.ids, counts.tokens, symbols.count, runs.count / 2, idle.count / 2, listed.count / 2,
      tokens.count, placement.count, 0,
    ]
    for number in numbers { append(UInt32(truncatingIfNeeded: number), to: &out) }
    for rank in symbols.indices { append(model.merges.symbols.parts[rank], to: &out) }
    for number in runs + idle + listed { append(number, to: &out) }
    for displacement in placement { append(displacement, to: &out) }
    out += parts
    out += tokens
    let digest = Digest128(hashing: out)
    append(digest.low, to: &out)
    append(digest.high, to: &out)
    return out
  }

  /// By id: tokens that a reader has of a merge whose parts it has by then. Not added tokens and the unknown one, which it
  /// looks for.
  private static func madeTokens(_ model: TokenizerModel, _ table: TokenTable) -> [Bool] {
    let merges = model.merges
    var isMade = [Bool](repeating: false, count: table.size)
    var isKnown = [Bool](repeating: false, count: 256 + merges.symbols.count)
    for byte in 0..<256 { isKnown[byte] = true }
    for byte in merges.symbols.lackingBytes { isKnown[Int(byte)] = false }
    let sought = Set(model.addedTokens.map(\.id) + [model.unknownID].compactMap { $0 })
    for rank in 0..<merges.symbols.count {
      let own = 256 + rank
      guard Int(merges.symbols.symbol(ofRank: rank)) == own else { continue }
      let id = merges.ids[own]
      isKnown[own] = true
      guard !sought.contains(id), table.spelling(id) == .alphabet, let (left, right) = merges.parts(ofRank: rank),
        isKnown[left], isKnown[right], left != own, right != own
      else { continue }
      isMade[Int(id)] = true
    }
    return isMade
  }

  private static func append(_ number: some FixedWidthInteger, to out: inout [UInt8]) {
    withUnsafeBytes(of: number.littleEndian) { out.append(contentsOf: $0) }
  }

  // MARK: Reading

  /// Nothing of the file is believed: sizes are held against its length, a digest against its bytes, and each merge joins
  /// two symbols that there are, whose lengths are known. O(n).
  static func read(_ bytes: UnsafeBufferPointer<UInt8>) throws(TokenizationFailure) -> TokenizerModel {
    let raw = UnsafeRawBufferPointer(bytes)
    guard raw.count >= headerBytes + digestBytes else { throw damaged("it is cut short") }
    guard bytes[kind.count] == version else {
      throw .unsupportedPart(
        name: "compiled tokenizer",
        detail: "it has another layout than the one this program reads; write it anew from its tokenizer.json")
    }
    let numbers = (0..<10).map { index in
      let number: UInt32 = number(raw, (kind.count + 1) / 4 + index)
      return Int(number)
    }
    let size = (
      parts: numbers[0], ids: numbers[1], tokens: numbers[2], merges: numbers[3], runs: numbers[4], idle: numbers[5],
      listed: numbers[6], bytes: numbers[7], placement: numbers[8]
    )
    let expected =
      headerBytes + 8 * (size.merges + size.runs + size.idle + size.listed) + 2 * size.placement + size.parts
      + size.bytes + digestBytes
    guard raw.count == expected, numbers[9] == 0 else {
      throw damaged("its header describes \(expected) bytes, and it has \(raw.count)")
    }
    guard size.ids <= TokenizerModel.largestVocabulary, size.merges <= TokenizerModel.largestMergeCount,
      size.tokens <= size.ids
    else {
      throw .unsupportedPart(
        name: "compiled tokenizer",
        detail: "\(size.tokens) tokens, \(size.ids) ids and \(size.merges) merges; \(TokenizerModel.largestVocabulary) "
          + "ids and \(TokenizerModel.largestMergeCount) merges are accepted")
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
    let rows = Rows(
      ids: size.ids, merges: take(8 * size.merges), runs: take(8 * size.runs), idle: take(8 * size.idle),
      listed: take(8 * size.listed))
    let displacements = take(2 * size.placement)
    let partBytes = take(size.parts).bindMemory(to: UInt8.self)
    let (listed, lengths) = try rows.tokens(take(size.bytes).bindMemory(to: UInt8.self))
    var parse = TokenizerParse(withoutModel: true)
    let (parts, outside) = try parse.parts(partBytes, listed, tokenCount: size.tokens)
    guard outside.allSatisfy({ Int($0.id) < TokenizerModel.largestVocabulary }) else {
      throw damaged("an added token has an id beyond the largest one")
    }
    let symbols = try MergeSymbols(
      count: size.merges, byteID: TokenizerModel.byteIDs(listed), unknownID: parts.unknownID, lengths: lengths,
      rows.fill)
    let merges = try MergeTable(symbols, placement: (0..<size.placement).map { number(displacements, $0) })
    guard merges.hasAllLengths else { throw damaged("a merge joins what none before it makes") }
    guard merges.lengthSum <= 1 << 30, raw.count <= 1 << 30 else { throw .tooLarge("a vocabulary of more than 1 GiB") }
    let tokens = TokensOnDemand(
      TokensOnDemand.Parts(listed: listed, merges: merges, outside: outside),
      size: max(size.ids, outside.reduce(0) { max($0, Int($1.id) + 1) }))
    return TokenizerModel(parts, tokens, merges)
  }

  /// The numbers of a file, in rows of eight bytes.
  private struct Rows {
    /// Largest id + 1.
    let ids: Int
    let merges: UnsafeRawBufferPointer
    let runs: UnsafeRawBufferPointer
    let idle: UnsafeRawBufferPointer
    let listed: UnsafeRawBufferPointer

    /// The tokens that are written down, of these bytes, and their lengths.
    func tokens(
      _ bytes: UnsafeBufferPointer<UInt8>
    ) throws(TokenizationFailure) -> (table: TokenTable, lengths: [(id: UInt32, length: UInt32)]) {
      let count = listed.count / 8
      var builder = TokenTableBuilder(arenaBytes: bytes.count + TokenKey.readBytes, isForFew: count <= 1 << 12)
      var lengths: [(id: UInt32, length: UInt32)] = []
      var start = 0
      for row in 0..<count {
        let (id, size): (UInt32, UInt32) = (number(listed, 2 * row), number(listed, 2 * row + 1))
        let length = Int(size >> 2)
        guard Int(id) < ids, let spelling = TokenSpelling(rawValue: size & 3), length <= bytes.count - start else {
          throw damaged("the token \(id) is none of its vocabulary, or its bytes are not all there")
        }
        try builder.add(UnsafeBufferPointer(rebasing: bytes[start..<start + length]), spelling, id: id)
        lengths.append((id, UInt32(truncatingIfNeeded: length)))
        start += length
      }
      guard start == bytes.count else { throw damaged("its tokens have other lengths than their bytes") }
      return (try builder.build(), lengths)
    }

    /// See `MergeSymbols`.
    func fill(
      _ parts: UnsafeMutablePointer<UInt64>, _ symbolIDs: UnsafeMutablePointer<UInt32>
    ) throws(TokenizationFailure) -> [Merge] {
      let count = merges.count / 8
      let runCount = runs.count / 8
      var rank = 0
      for run in 0..<runCount {
        let (first, id): (UInt32, UInt32) = (number(runs, 2 * run), number(runs, 2 * run + 1))
        let next: UInt32 = run + 1 < runCount ? number(runs, 2 * run + 2) : UInt32(truncatingIfNeeded: count)
        guard rank == Int(first), first < next, Int(next) <= count, Int(id) + Int(next - first) <= ids else {
          throw damaged("its runs of ids do not cover its merges")
        }
        for offset in 0..<next - first { symbolIDs[256 + rank + Int(offset)] = id + offset }
        rank = Int(next)
      }
      guard rank == count else { throw damaged("its runs of ids do not cover its merges") }
      // The bytes that there are, and all merges.
      let symbolCount = UInt32(truncatingIfNeeded: 256 + count)
      var idleMerges: [Merge] = []
      for rank in 0..<count {
        let pair: UInt64 = number(merges, rank)
        let (left, right) = (UInt32(truncatingIfNeeded: pair >> 32), UInt32(truncatingIfNeeded: pair))
        parts[rank] = pair
        if max(left, right) < symbolCount { continue }
        let next = idleMerges.count
        guard pair == MergeSymbols.idle, next < idle.count / 8 else {
          throw damaged("merge \(rank) joins what it has not")
        }
        let merge: Merge = (number(idle, 2 * next), number(idle, 2 * next + 1), symbolIDs[256 + rank])
        guard Int(max(merge.left, merge.right)) < ids else { throw damaged("merge \(rank) joins what it has not") }
        idleMerges.append(merge)
      }
      guard idleMerges.count == idle.count / 8 else {
        throw damaged("it has another number of idle merges than it says")
      }
      return idleMerges
    }
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
