// Writing a model as tiktoken's ranks, where that gives the same ids: ranks are ids, so merges must come in their order.

extension TokenizerFile {
  /// A `.tiktoken` file of the vocabulary without its added tokens, which tiktoken is given apart as `special_tokens`.
  ///
  /// tiktoken gives the same ids from it under `allowed_special="all"` with the model's split as `pat_str`. Throws
  /// `unsupportedPart` for a model whose ids it would not give, with the reason. O(sum of squared lengths).
  public static func writeRanks(_ model: TokenizerModel) throws(TokenizationFailure) -> [UInt8] {
    let name = "export to ranks"
    guard !model.addsPrefixSpace else {
      throw .unsupportedPart(name: name, detail: "tiktoken adds no space before a text, and this tokenizer does")
    }
    let rules = model.preTokenizer.rules
    guard rules.count == 1, rules[0].behavior == .isolated, !rules[0].isInverted else {
      throw .unsupportedPart(
        name: name,
        detail: "tiktoken splits by one regular expression whose matches are pieces, and this tokenizer has "
          + "\(rules.count) steps or another behaviour; keep the tokenizer.json")
    }
    try checkAddedTokens(model)
    let added = Set(model.addedTokens.map(\.id))
    let bytes = RankFile.write(model.table) { !added.contains($0) }
    // Models of ranks are what they are.
    if model.merges.symbols.hasSharedRanks { return bytes }
    guard !bytes.isEmpty else { throw .unsupportedPart(name: name, detail: "the vocabulary is empty") }
    let ranks = try bytes.withUnsafeBufferPointer { (buffer) throws(TokenizationFailure) in
      try RankFile.read(buffer, preTokenizer: model.preTokenizer, specialTokens: [])
    }
    // Added tokens are cut out of the text first, so no merge meets their bytes.
    let merges = model.mergeList.filter {
      !added.contains($0.id) && !added.contains($0.left) && !added.contains($0.right)
    }
    let derived = ranks.mergeList
    guard !ranks.merges.symbols.hasSharedRanks, derived.count == merges.count,
      zip(derived, merges).allSatisfy({ $0 == $1 })
    else {
      let at =
        zip(derived, merges).enumerated().first { $1.0 != $1.1 }?.offset ?? min(derived.count, merges.count)
      throw .unsupportedPart(
        name: name,
        detail:
          "tiktoken merges by id, and this tokenizer's merges come in another order or are others, first at merge "
          + "\(at); keep the tokenizer.json")
    }
    if !model.ignoresMerges {
      var isMade = [Bool](repeating: false, count: ranks.vocabularySize)
      for merge in derived { isMade[Int(merge.id)] = true }
      for id in 0..<UInt32(truncatingIfNeeded: ranks.vocabularySize) {
        if !isMade[Int(id)], ranks.table.bytes(id).count > 1 {
          throw .unsupportedPart(
            name: name,
            detail:
              "no merges make the token \(id), `\(shown(ranks.table.bytes(id)))`, which tiktoken gives to a piece "
              + "that is this token as a whole; keep the tokenizer.json")
        }
      }
    }
    return bytes
  }

  /// tiktoken finds special tokens by one regular expression of alternatives in no order: they must be found alike
  /// whatever the order is.
  private static func checkAddedTokens(_ model: TokenizerModel) throws(TokenizationFailure) {
    let name = "export to ranks"
    for token in model.addedTokens where token.isSingleWord || token.stripsLeft || token.stripsRight {
      throw .unsupportedPart(
        name: name, detail: "`\(token.content)` has single_word, lstrip or rstrip, which tiktoken lacks")
    }
    let contents = model.addedTokens.map { Array($0.content.utf8) }
    let isMixed = model.addedTokens.contains(where: \.isNormalized) && !model.addedTokens.allSatisfy(\.isNormalized)
    var prefixes: [ArraySlice<UInt8>: Bool] = [:]
    for content in contents {
      for end in 1...max(content.count, 1) where end <= content.count {
        let isWhole = end == content.count
        if isWhole || prefixes[content[..<end]] == nil { prefixes[content[..<end]] = isWhole }
      }
    }
    for content in contents {
      for start in content.indices where start == 0 || isMixed {
        for end in (start + 1)...content.count {
          guard let isWhole = prefixes[content[start..<end]] else { break }
          if start == 0 ? isWhole && end < content.count : isWhole || end == content.count {
            throw .unsupportedPart(
              name: name,
              detail:
                "`\(shown(content))` begins with, holds or overlaps another added token, and tiktoken has no rule "
                + "which of them is found")
          }
        }
      }
    }
  }
}
