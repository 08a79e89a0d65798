// The format of OpenAI's tiktoken (`.tiktoken`): a line a token, its bytes in base64, a space, its rank, which is its id.
// Ids equal those of tiktoken 0.14: a piece that is a token is that token; else the pair whose joined bytes have the
// least rank merges first, the leftmost of equals.

enum RankFile {
  /// Bytes squared, summed over all tokens, that deriving merges may cost: some seconds.
  static let derivationBudget = 1 << 32

  /// Reads ranks. The file names no split and no special tokens: the caller does.
  static func read(
    _ bytes: UnsafeBufferPointer<UInt8>, preTokenizer: PreTokenizerKind?, specialTokens: [AddedToken]
  ) throws(TokenizationFailure) -> TokenizerModel {
    let table = try tokens(bytes)
    guard let preTokenizer else {
      throw .invalidOption(
        name: "pre-tokenizer", detail: "a .tiktoken file does not say how text is split; name it, such as cl100k")
    }
    let byteIDs = TokenizerModel.byteIDs(table)
    if let byte = byteIDs.firstIndex(of: .max) {
      throw .unsupportedPart(
        name: "ranks", detail: "the byte \(byte) has no rank, with which tiktoken fails; give all 256 bytes one")
    }
    var outside: [(bytes: [UInt8], id: UInt32)] = []
    var contents = Set<String>()
    for token in specialTokens {
      let content = Array(token.content.utf8)
      guard !content.isEmpty, contents.insert(token.content).inserted else {
        throw .invalidOption(name: "special-token", detail: "`\(token.content)` is empty or occurs twice")
      }
      guard Int(token.id) < TokenizerModel.largestVocabulary, table.spelling(token.id) == nil,
        !outside.contains(where: { $0.id == token.id })
      else {
        throw .invalidOption(
          name: "special-token", detail: "`\(token.content)`: the id \(token.id) is taken, or beyond the largest one")
      }
      outside.append((content, token.id))
    }
    var derivation = RankMerges(table)
    let (merges, sharedRanks) = try derivation.merges()
    var parts = TokenizerModel.Parts(preTokenizer: preTokenizer)
    parts.addedTokens = specialTokens
    parts.ignoresMerges = true
    parts.outside = outside.map(\.id)
    return try TokenizerModel(parts, table.adding(outside), MergeList(merges), sharedRanks: sharedRanks)
  }

  private static func tokens(_ bytes: UnsafeBufferPointer<UInt8>) throws(TokenizationFailure) -> TokenTable {
    var builder = TokenTableBuilder(arenaBytes: bytes.count)
    var at = 0
    var line = 0
    while at < bytes.count {
      var end = at
      while end < bytes.count, bytes[end] != 0x0A { end += 1 }
      let next = end + 1
      if end > at, bytes[end - 1] == 0x0D { end -= 1 }
      line += 1
      if end > at {
        guard try readLine(UnsafeBufferPointer(rebasing: bytes[at..<end]), into: &builder) else {
          throw .malformedFile(
            builder.count == 0
              ? "neither a tokenizer.json nor a .tiktoken file: line \(line) is no JSON and no `base64 rank`"
              : "line \(line) is not a token in base64, a space and its rank")
        }
      }
      at = next
    }
    guard builder.count > 0 else { throw .malformedFile("the file is empty") }
    return try builder.build()
  }

  /// One line; false when it is malformed.
  private static func readLine(
    _ line: UnsafeBufferPointer<UInt8>, into builder: inout TokenTableBuilder
  ) throws(TokenizationFailure) -> Bool {
    guard let space = line.firstIndex(of: 0x20), space > 0, space % 4 == 0 else { return false }
    let digits = line[(space + 1)...]
    guard (1...10).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return false }
    let rank = digits.reduce(UInt64(0)) { $0 * 10 + UInt64($1 - 0x30) }
    let start = builder.arena.count
    var group: UInt32 = 0
    var padding = 0
    for at in 0..<space {
      let digit: UInt32
      switch line[at] {
      case 0x41...0x5A: digit = UInt32(line[at] - 0x41)
      case 0x61...0x7A: digit = UInt32(line[at] - 0x61 + 26)
      case 0x30...0x39: digit = UInt32(line[at] - 0x30 + 52)
      case UInt8(ascii: "+"): digit = 62
      case UInt8(ascii: "/"): digit = 63
      case UInt8(ascii: "=") where at >= space - 2:
        padding += 1
        digit = 0
      default: return false
      }
      // Nothing follows padding.
      if padding > 0 && line[at] != UInt8(ascii: "=") { return false }
      group = group << 6 | digit
      if at % 4 == 3 {
        for byte in 0..<(3 - padding) {
          builder.arena.append(UInt8(truncatingIfNeeded: group >> UInt32(16 - 8 * byte)))
        }
        group = 0
      }
    }
    guard builder.arena.count > start else { return false }
    try builder.add(from: start, .alphabet, id: UInt32(clamping: rank))
    return true
  }

  /// The tokens of `table` that `isIncluded`, in the order of their ids.
  static func write(_ table: TokenTable, _ isIncluded: (UInt32) -> Bool) -> [UInt8] {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var out: [UInt8] = []
    for id in 0..<UInt32(truncatingIfNeeded: table.size) where table.spelling(id) == .alphabet && isIncluded(id) {
      let bytes = table.bytes(id)
      var at = 0
      while at < bytes.count {
        let count = min(3, bytes.count - at)
        var group: UInt32 = 0
        for i in 0..<3 { group = group << 8 | (i < count ? UInt32(bytes[at + i]) : 0) }
        for i in 0..<4 {
          out.append(i <= count ? digits[Int(group >> UInt32(18 - 6 * i) & 63)] : UInt8(ascii: "="))
        }
        at += 3
      }
      out.append(contentsOf: " \(id)\n".utf8)
    }
    return out
  }
}
