// The small parts of a tokenizer.json: each is honoured exactly as Hugging Face's tokenizers 0.23.3 honours it, has no
// effect on ids, or is refused with what was found, what would be accepted and what to do.

enum TokenizerParts {
  /// Matches nowhere: a text is one piece. So ByteLevel without its split is expressed, when nothing stands before it.
  static let noSplit = SplitRule(pattern: .regex("(?!)"))

  // MARK: Normalizer, post-processor, decoder

  /// Only what changes nothing: none, or a Sequence of such.
  static func checkNormalizer(_ part: JSONValue?) throws(TokenizationFailure) {
    guard let part, !JSONValue.isAbsent(part) else { return }
    if part.member("type")?.isString("Sequence") == true, let steps = part.member("normalizers")?.array {
      for step in steps { try checkNormalizer(step) }
      return
    }
    throw .unsupportedPart(
      name: "normalizer",
      detail: "found \(typeName(part)), which changes the text; none or an empty Sequence is accepted; "
        + "normalize the corpus beforehand and take the part out of a copy of the file")
  }

  /// Post-processors add special tokens around a text, or trim offsets. This encoder adds none, as
  /// `add_special_tokens=False`: then no post-processor of Hugging Face's changes an id.
  static func checkPostProcessor(_ part: JSONValue?) throws(TokenizationFailure) {
    guard let part, !JSONValue.isAbsent(part) else { return }
    let name = typeName(part)
    if name == "Sequence", let steps = part.member("processors")?.array {
      for step in steps { try checkPostProcessor(step) }
      return
    }
    guard ["ByteLevel", "TemplateProcessing", "BertProcessing", "RobertaProcessing"].contains(name) else {
      throw .unsupportedPart(
        name: "post_processor",
        detail:
          "found \(name); ByteLevel, TemplateProcessing, BertProcessing, RobertaProcessing, a Sequence of them or "
          + "null are accepted")
    }
  }

  /// A decoder that gives back bytes, or none at all. ids do not depend on it.
  static func checkDecoder(_ part: JSONValue?) throws(TokenizationFailure) {
    guard let part, !JSONValue.isAbsent(part) else { return }
    let name = typeName(part)
    if name == "Sequence", let steps = part.member("decoders")?.array {
      for step in steps { try checkDecoder(step) }
      return
    }
    guard name == "ByteLevel" || name == "Fuse" else {
      throw .unsupportedPart(
        name: "decoder",
        detail: "found \(name), of another kind of tokenizer; ByteLevel, Fuse, a Sequence of them or null are accepted")
    }
  }

  // MARK: Pre-tokenizer

  /// The splits before ByteLevel, and whether ByteLevel adds a space.
  static func preTokenizer(
    _ part: JSONValue?
  ) throws(TokenizationFailure) -> (kind: PreTokenizerKind, addsPrefixSpace: Bool) {
    let name = "pre_tokenizer"
    guard let part, !JSONValue.isAbsent(part) else {
      throw .unsupportedPart(
        name: name, detail: "there is none; byte-level BPE has ByteLevel, alone or at the end of a Sequence")
    }
    var steps: [JSONValue] = []
    try flatten(part, into: &steps)
    guard let last = steps.last, typeName(last) == "ByteLevel" else {
      throw .unsupportedPart(
        name: name,
        detail: "found \(steps.map(typeName).joined(separator: ", ")); ByteLevel is needed, alone or at the end of a "
          + "Sequence of Split and Digits")
    }
    guard let addsPrefixSpace = last.member("add_prefix_space")?.bool else {
      throw .malformedFile("pre_tokenizer: ByteLevel without add_prefix_space")
    }
    if addsPrefixSpace, steps.count > 1 {
      throw .unsupportedPart(
        name: name,
        detail: "add_prefix_space behind other steps would put a space before every piece; it is accepted where "
          + "ByteLevel stands alone")
    }
    var rules: [SplitRule] = []
    for step in steps.dropLast() { rules.append(try rule(step)) }
    if try flag(last, "use_regex", or: true) { rules.append(SplitRule(pattern: .regex(PublishedPattern.gpt2))) }
    if rules.isEmpty { rules.append(noSplit) }
    return (try PreTokenizerKind(rules: rules), addsPrefixSpace)
  }

  private static func flatten(_ part: JSONValue, into steps: inout [JSONValue]) throws(TokenizationFailure) {
    guard typeName(part) == "Sequence" else { return steps.append(part) }
    guard let inner = part.member("pretokenizers")?.array else {
      throw .malformedFile("pre_tokenizer: a Sequence without `pretokenizers`")
    }
    for step in inner { try flatten(step, into: &steps) }
  }

  private static func rule(_ step: JSONValue) throws(TokenizationFailure) -> SplitRule {
    let name = "pre_tokenizer"
    switch typeName(step) {
    case "Split":
      guard let behavior = step.member("behavior")?.string, let isInverted = step.member("invert")?.bool,
        let known = SplitRule.Behavior(rawValue: String(decoding: behavior, as: UTF8.self))
      else { throw .malformedFile("pre_tokenizer: a Split without `invert` or with an unknown `behavior`") }
      let pattern: SplitRule.Pattern
      if let text = step.member("pattern")?.member("Regex")?.string {
        pattern = .regex(String(decoding: text, as: UTF8.self))
      } else if let text = step.member("pattern")?.member("String")?.string {
        pattern = .literal(String(decoding: text, as: UTF8.self))
      } else {
        throw .malformedFile("pre_tokenizer: a Split whose `pattern` is neither a Regex nor a String")
      }
      return SplitRule(pattern: pattern, behavior: known, isInverted: isInverted)
    case "Digits":
      guard let isIndividual = step.member("individual_digits")?.bool else {
        throw .malformedFile("pre_tokenizer: Digits without individual_digits")
      }
      return SplitRule(pattern: .regex(NumericCharacters.pattern + (isIndividual ? "" : "+")))
    case "ByteLevel":
      throw .unsupportedPart(
        name: name,
        detail: "ByteLevel before other steps: these would see bytes in its alphabet; it is accepted at the end")
    case let other:
      throw .unsupportedPart(
        name: name, detail: "found \(other); Split and Digits are accepted before ByteLevel")
    }
  }

  // MARK: Model

  /// Checks the model's options; the table holds its vocabulary.
  static func bytePairModel(
    _ model: JSONValue, _ table: TokenTable, _ byteIDs: [UInt32]
  ) throws(TokenizationFailure) -> (ignoresMerges: Bool, unknownID: UInt32?) {
    if let type = model.member("type"), !type.isString("BPE") {
      throw .unsupportedPart(name: "model", detail: "found \(typeName(model)); BPE is accepted")
    }
    let dropout = model.member("dropout")
    if case .number(0)? = dropout {
    } else if !JSONValue.isAbsent(dropout) {
      throw .unsupportedPart(name: "model.dropout", detail: "ids would be random; set it to null in a copy of the file")
    }
    for name in ["continuing_subword_prefix", "end_of_word_suffix"] {
      let part = model.member(name)
      guard JSONValue.isAbsent(part) || part?.isString("") == true else {
        throw .unsupportedPart(
          name: "model.\(name)", detail: "byte-level BPE has none; null or an empty string is accepted")
      }
    }
    let ignoresMerges = try flag(model, "ignore_merges", or: false)
    let fusesUnknown = try flag(model, "fuse_unk", or: false)
    let fallsBack = try flag(model, "byte_fallback", or: false)
    // UTF-8 has neither C0, C1 nor F5...FF. With a token for each other byte nothing is ever unknown.
    let isComplete = byteIDs.indices.allSatisfy { byteIDs[$0] != .max || $0 == 0xC0 || $0 == 0xC1 || $0 >= 0xF5 }
    if isComplete { return (ignoresMerges, nil) }
    let lacking = "the vocabulary does not hold all bytes of UTF-8, and"
    guard !fallsBack else {
      throw .unsupportedPart(
        name: "model.byte_fallback",
        detail: "\(lacking) the bytes of their stand-ins would be looked up; set it to false")
    }
    let unknown = model.member("unk_token")
    guard let unknown, !JSONValue.isAbsent(unknown) else { return (ignoresMerges, nil) }
    guard let text = unknown.string, let id = table.id(written: text) else {
      throw .unsupportedPart(name: "model.unk_token", detail: "\(lacking) it is no token of the vocabulary")
    }
    guard !fusesUnknown else {
      throw .unsupportedPart(
        name: "model.fuse_unk", detail: "\(lacking) runs of unknown bytes would be one token; set it to false")
    }
    return (ignoresMerges, id)
  }

  // MARK: Added tokens

  /// The added tokens, and those of them that the vocabulary lacks, which has `tokenCount` tokens.
  static func addedTokens(
    _ part: JSONValue?, _ table: TokenTable, tokenCount: Int
  ) throws(TokenizationFailure) -> (tokens: [AddedToken], outside: [(bytes: [UInt8], id: UInt32)]) {
    guard let part, !JSONValue.isAbsent(part) else { return ([], []) }
    guard let items = part.array else { throw .malformedFile("`added_tokens` is not an array") }
    var tokens: [AddedToken] = []
    var outside: [(bytes: [UInt8], id: UInt32)] = []
    var contents = Set<[UInt8]>()
    // Hugging Face gives an added token that the vocabulary lacks the next number, whatever the file says.
    var next = UInt32(truncatingIfNeeded: tokenCount)
    for (index, item) in items.enumerated() {
      guard let content = item.member("content")?.string, let id = item.member("id")?.id else {
        throw .malformedFile("added token \(index) has no content or no id")
      }
      let text = String(decoding: content, as: UTF8.self)
      func needed(_ name: String) throws(TokenizationFailure) -> Bool {
        guard let value = item.member(name)?.bool else {
          throw .malformedFile("the added token `\(shown(content))` has no `\(name)`, true or false")
        }
        return value
      }
      let token = AddedToken(
        content: text, id: id, isSpecial: try needed("special"), isNormalized: try needed("normalized"),
        isSingleWord: try needed("single_word"), stripsLeft: try needed("lstrip"), stripsRight: try needed("rstrip"))
      // Hugging Face passes over empty ones.
      if content.isEmpty { continue }
      guard contents.insert(content).inserted else {
        throw .unsupportedPart(
          name: "added_tokens", detail: "`\(shown(content))` occurs twice; take one of them out of a copy of the file")
      }
      let expected = table.id(written: content) ?? next
      guard expected == id else {
        throw .unsupportedPart(
          name: "added_tokens",
          detail: "`\(shown(content))` has id \(id), but Hugging Face numbers what the vocabulary lacks in order and "
            + "would give it \(expected); write that id, or add the token to the vocabulary")
      }
      if table.id(written: content) == nil {
        next += 1
        outside.append((content, id))
      }
      tokens.append(token)
    }
    return (tokens, outside)
  }

  // MARK: Values

  /// A part's type, for messages and comparison.
  static func typeName(_ part: JSONValue) -> String {
    part.member("type")?.string.map { shown($0) } ?? "a part without a type"
  }

  /// A flag that may be left out; null counts as left out.
  private static func flag(_ part: JSONValue, _ name: String, or value: Bool) throws(TokenizationFailure) -> Bool {
    let found = part.member(name)
    if JSONValue.isAbsent(found) { return value }
    guard let flag = found?.bool else { throw .malformedFile("`\(name)` is neither true nor false") }
    return flag
  }
}
