// Writing tokenizer.json and its companions in the shape of Hugging Face's tokenizers 0.23, byte for byte as it would
// save them: two spaces of indentation, merges as arrays of two strings.

/// Writes and reads tokenizer files.
public enum TokenizerFile {
  /// tokenizer.json of a trained model; loads in `tokenizers.Tokenizer.from_file`.
  public static func write(_ model: TrainedModel, preTokenizer: PreTokenizerKind) -> [UInt8] {
    let tokens = QuotedTokens(model)
    // Most of a line is what stands around the tokens.
    var writer = TokenizerText(capacity: tokens.byteCount * 4 + tokens.count * 80)
    let added = model.specialTokens.enumerated().map { AddedToken(content: $1, id: UInt32($0)) }
    writer.putHead(added, preTokenizer, addsPrefixSpace: false, ignoresMerges: false, unknown: nil)
    for id in 0..<tokens.count { writer.putToken(quoted: tokens[id], UInt32(truncatingIfNeeded: id)) }
    writer.putMiddle()
    for merge in model.merges { writer.putMerge(quoted: tokens[Int(merge.0)], tokens[Int(merge.1)]) }
    return writer.finish()
  }

  /// The text of a model's file up to its vocabulary.
  static func begun(_ model: TokenizerModel, capacity: Int) -> TokenizerText {
    var writer = TokenizerText(capacity: capacity)
    writer.putHead(
      model.addedTokens, model.preTokenizer, addsPrefixSpace: model.addsPrefixSpace,
      ignoresMerges: model.ignoresMerges, unknown: model.unknownID.map { written($0, model.table) })
    return writer
  }

  /// tokenizer.json of any model this version reads; Hugging Face gives the same ids from it when special tokens are
  /// parsed. Throws `unsupportedPart` for a model that no list of merges expresses.
  public static func write(_ model: TokenizerModel) throws(TokenizationFailure) -> [UInt8] {
    guard !model.merges.symbols.hasSharedRanks else {
      throw .unsupportedPart(
        name: "ranks",
        detail:
          "some merge makes a pair of a lower rank than its own, and several pairs share a rank: no list of merges "
          + "expresses this; keep the .tiktoken file")
    }
    let table = model.table
    // Hugging Face numbers what the vocabulary lacks from its count on; others go into the vocabulary.
    let firstOutside = table.count - model.outside.count
    let staysOutside = model.outside.indices.allSatisfy { Int(model.outside[$0]) == firstOutside + $0 }
    let outside = Set(model.outside)
    var writer = begun(model, capacity: table.count * 60)
    for id in 0..<UInt32(truncatingIfNeeded: table.size) where table.spelling(id) != nil {
      if outside.contains(id) {
        if staysOutside { continue }
        let text = Array(table.bytes(id))
        let known = ByteAlphabet.bytes(spelledBy: text)
        if let known, known.withUnsafeBufferPointer({ table.id(of: $0, .alphabet) }) != nil {
          throw .unsupportedPart(
            name: "added_tokens",
            detail: "`\(shown(text))` is written like a token of the vocabulary; give it another content")
        }
      }
      writer.putToken(written(id, table), id)
    }
    writer.putMiddle()
    for merge in model.mergeList { writer.putMerge(written(merge.left, table), written(merge.right, table)) }
    return writer.finish()
  }

  /// A token as files write it.
  private static func written(_ id: UInt32, _ table: TokenTable) -> [UInt8] {
    table.spelling(id) == .alphabet ? ByteAlphabet.spell(table.bytes(id)) : Array(table.bytes(id))
  }

  /// tokenizer_config.json for transformers: which special token plays which part, padding on the left.
  public static func tokenizerConfig(_ model: TrainedModel, preTokenizer: PreTokenizerKind) -> [UInt8] {
    config(model.specialTokens, preTokenizer, addsPrefixSpace: false)
  }

  /// tokenizer_config.json of any model.
  public static func tokenizerConfig(_ model: TokenizerModel) -> [UInt8] {
    config(model.specialTokens.map(\.content), model.preTokenizer, addsPrefixSpace: model.addsPrefixSpace)
  }

  private static func config(_ special: [String], _ kind: PreTokenizerKind, addsPrefixSpace: Bool) -> [UInt8] {
    var members = ["\"add_prefix_space\": \(addsPrefixSpace)"]
    members += roles(special).map { "\"\($0.role)\": \($0.token)" }
    members += ["\"clean_up_tokenization_spaces\": false", "\"padding_side\": \"left\""]
    members.append("\"tokenizer_class\": \"\(kind == .bloom ? "BloomTokenizerFast" : "PreTrainedTokenizerFast")\"")
    return Array("{\n  \(members.joined(separator: ",\n  "))\n}\n".utf8)
  }

  /// special_tokens_map.json for transformers.
  public static func specialTokensMap(_ model: TrainedModel) -> [UInt8] { map(model.specialTokens) }

  /// special_tokens_map.json of any model.
  public static func specialTokensMap(_ model: TokenizerModel) -> [UInt8] { map(model.specialTokens.map(\.content)) }

  private static func map(_ special: [String]) -> [UInt8] {
    let members = roles(special).map { "\"\($0.role)\": \($0.token)" }
    return Array((members.isEmpty ? "{}\n" : "{\n  \(members.joined(separator: ",\n  "))\n}\n").utf8)
  }

  /// Roles in alphabetical order, each with its quoted token.
  private static func roles(_ special: [String]) -> [(role: String, token: String)] {
    let names: [(role: String, tokens: [String])] = [
      ("bos_token", ["<s>", "<|endoftext|>", "<|begin_of_text|>", "<｜begin▁of▁sentence｜>"]),
      ("eos_token", ["</s>", "<|endoftext|>", "<|end_of_text|>", "<｜end▁of▁sentence｜>"]), ("pad_token", ["<pad>"]),
      ("unk_token", ["<unk>", "<|endoftext|>"]),
    ]
    return names.compactMap { role, tokens in
      tokens.first { special.contains($0) }.map { (role, "\"\($0)\"") }
    }
  }

  /// A JSON string, escaped as little as RFC 8259 allows.
  static func appendQuoted(_ text: [UInt8], to out: inout [UInt8]) {
    out.append(UInt8(ascii: "\""))
    for byte in text {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): out += [UInt8(ascii: "\\"), byte]
      case 0x08: out += Array(#"\b"#.utf8)
      case 0x09: out += Array(#"\t"#.utf8)
      case 0x0A: out += Array(#"\n"#.utf8)
      case 0x0C: out += Array(#"\f"#.utf8)
      case 0x0D: out += Array(#"\r"#.utf8)
      case 0..<0x20:
        let digits = String(byte, radix: 16)
        out += Array("\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8)
      default: out.append(byte)
      }
    }
    out.append(UInt8(ascii: "\""))
  }
}
