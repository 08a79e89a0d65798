// Reading foreign tokenizers: only those whose ids this encoder reproduces exactly; any other part is refused by name.

extension TokenizerFile {
  /// Reads a tokenizer.json: byte-level BPE with BLOOM's or GPT-2's split and no normalizer. Throws `malformedFile` for
  /// what is no tokenizer, `unsupportedPart` for a part that would change ids. O(n); about ten times the file in memory.
  public static func read(_ bytes: [UInt8]) throws(TokenizationFailure) -> TokenizerModel {
    let root = try JSONReader.read(bytes)
    guard let model = root.member("model"), model.member("vocab") != nil else {
      throw .malformedFile("no `model` with a `vocab`: this is not a tokenizer.json")
    }
    for name in ["truncation", "padding", "normalizer"] where !JSONValue.isAbsent(root.member(name)) {
      throw .unsupportedPart(name: name, detail: "expected null")
    }
    let kind = try preTokenizerKind(root.member("pre_tokenizer"))
    for name in ["post_processor", "decoder"] {
      let part = root.member(name)
      guard JSONValue.isAbsent(part) || part?.member("type")?.isString("ByteLevel") == true else {
        throw .unsupportedPart(name: name, detail: "expected ByteLevel or null")
      }
    }
    let vocabulary = try vocabularyEntries(model.member("vocab"))
    let builder = try ModelBuilder(vocabulary)
    try checkModel(model, builder)
    guard let merges = model.member("merges")?.array else { throw .malformedFile("`merges` is not an array") }
    var pairs: [(left: UInt32, right: UInt32, id: UInt32)] = []
    pairs.reserveCapacity(merges.count)
    for (rank, merge) in merges.enumerated() {
      switch merge {
      case .string(let text): pairs.append(try builder.merge(text, rank))
      case .array(let parts):
        guard parts.count == 2, let left = parts[0].string, let right = parts[1].string else {
          throw .malformedFile("merge \(rank) is not a pair of strings")
        }
        pairs.append(try builder.merge(left, right, rank))
      default: throw .malformedFile("merge \(rank) is neither a string nor a pair of strings")
      }
    }
    return try builder.model(kind, pairs, added: addedTokens(root.member("added_tokens")))
  }

  /// Reads GPT-2's pair of files, vocab.json and merges.txt. `specialTokens` that the vocabulary holds are found in raw
  /// text; others are left out, for they have no id.
  public static func read(
    vocabulary: [UInt8], merges: [UInt8], preTokenizer: PreTokenizerKind = .gpt2,
    specialTokens: [String] = ["<|endoftext|>"]
  ) throws(TokenizationFailure) -> TokenizerModel {
    let builder = try ModelBuilder(try vocabularyEntries(try JSONReader.read(vocabulary)))
    var pairs: [(left: UInt32, right: UInt32, id: UInt32)] = []
    for line in merges.split(separator: UInt8(ascii: "\n")) {
      var text = Array(line)
      if text.last == UInt8(ascii: "\r") { text.removeLast() }
      if text.isEmpty || text.starts(with: Array("#version".utf8)) { continue }
      pairs.append(try builder.merge(text, pairs.count))
    }
    var added: [AddedToken] = []
    for token in specialTokens {
      if let id = builder.idByString[Array(token.utf8)] { added.append(AddedToken(content: token, id: id)) }
    }
    return try builder.model(preTokenizer, pairs, added: added)
  }

  private static func preTokenizerKind(_ part: JSONValue?) throws(TokenizationFailure) -> PreTokenizerKind {
    let name = "pre_tokenizer"
    guard let part, !JSONValue.isAbsent(part) else { throw .unsupportedPart(name: name, detail: "there is none") }
    if part.member("type")?.isString("ByteLevel") == true {
      try checkPrefixSpace(part)
      guard part.member("use_regex")?.bool ?? true else {
        throw .unsupportedPart(name: name, detail: "ByteLevel without a split")
      }
      return .gpt2
    }
    let steps = part.member("pretokenizers")?.array ?? []
    guard part.member("type")?.isString("Sequence") == true, steps.count == 2,
      steps[0].member("type")?.isString("Split") == true, steps[1].member("type")?.isString("ByteLevel") == true
    else { throw .unsupportedPart(name: name, detail: "expected ByteLevel, or a Sequence of Split and ByteLevel") }
    guard steps[0].member("pattern")?.member("Regex")?.isString(bloomPattern) == true else {
      throw .unsupportedPart(name: name, detail: "a regular expression other than BLOOM's `\(bloomPattern)`")
    }
    guard steps[0].member("behavior")?.isString("Isolated") == true, steps[0].member("invert")?.bool == false else {
      throw .unsupportedPart(name: name, detail: "a Split that is not Isolated, or inverted")
    }
    try checkPrefixSpace(steps[1])
    guard steps[1].member("use_regex")?.bool == false else {
      throw .unsupportedPart(name: name, detail: "a second split in ByteLevel")
    }
    return .bloom
  }

  private static func checkPrefixSpace(_ part: JSONValue) throws(TokenizationFailure) {
    guard part.member("add_prefix_space")?.bool == false else {
      throw .unsupportedPart(name: "pre_tokenizer", detail: "add_prefix_space that is not false")
    }
  }

  private static func checkModel(_ model: JSONValue, _ builder: ModelBuilder) throws(TokenizationFailure) {
    if let type = model.member("type"), !type.isString("BPE") {
      throw .unsupportedPart(name: "model", detail: "expected type BPE")
    }
    let dropout = model.member("dropout")
    if case .number(0)? = dropout {
    } else if !JSONValue.isAbsent(dropout) {
      throw .unsupportedPart(name: "model.dropout", detail: "ids would be random")
    }
    for name in ["continuing_subword_prefix", "end_of_word_suffix"] {
      let part = model.member(name)
      guard JSONValue.isAbsent(part) || part?.isString("") == true else {
        throw .unsupportedPart(name: "model.\(name)", detail: "expected null or an empty string")
      }
    }
    if model.member("ignore_merges")?.bool ?? false {
      throw .unsupportedPart(name: "model.ignore_merges", detail: "expected false")
    }
    // With a token for each byte nothing is ever unknown, and these parts have no effect.
    if builder.hasAllBytes { return }
    guard JSONValue.isAbsent(model.member("unk_token")) else {
      throw .unsupportedPart(name: "model.unk_token", detail: "and the vocabulary does not hold all 256 bytes")
    }
    if model.member("byte_fallback")?.bool ?? false {
      throw .unsupportedPart(name: "model.byte_fallback", detail: "and the vocabulary does not hold all 256 bytes")
    }
  }

  private static func vocabularyEntries(
    _ part: JSONValue?
  ) throws(TokenizationFailure) -> [(token: [UInt8], id: UInt32)] {
    guard case .object(let members)? = part else { throw .malformedFile("the vocabulary is not an object") }
    var entries: [(token: [UInt8], id: UInt32)] = []
    entries.reserveCapacity(members.count)
    for member in members {
      guard let id = member.value.id else {
        throw .malformedFile("the id of `\(String(decoding: member.key, as: UTF8.self))` is not a whole number")
      }
      entries.append((member.key, id))
    }
    return entries
  }

  private static func addedTokens(_ part: JSONValue?) throws(TokenizationFailure) -> [AddedToken] {
    guard let part, !JSONValue.isAbsent(part) else { return [] }
    guard let items = part.array else { throw .malformedFile("`added_tokens` is not an array") }
    var tokens: [AddedToken] = []
    for item in items {
      guard let content = item.member("content")?.string, !content.isEmpty, let id = item.member("id")?.id else {
        throw .malformedFile("an added token without content or id")
      }
      let text = String(decoding: content, as: UTF8.self)
      for flag in ["single_word", "lstrip", "rstrip"] where item.member(flag)?.bool ?? false {
        throw .unsupportedPart(name: "added_tokens", detail: "`\(text)` has \(flag)")
      }
      let isSpecial = item.member("special")?.bool ?? false
      let isNormalized = item.member("normalized")?.bool ?? !isSpecial
      tokens.append(AddedToken(content: text, id: id, isSpecial: isSpecial, isNormalized: isNormalized))
    }
    return tokens
  }
}

/// Gathers the parts of a model and checks that they fit together.
private struct ModelBuilder {
  private(set) var idByString: [[UInt8]: UInt32] = [:]
  private var strings: [[UInt8]?] = []
  private var byteID = [UInt32](repeating: .max, count: 256)

  init(_ entries: [(token: [UInt8], id: UInt32)]) throws(TokenizationFailure) {
    idByString.reserveCapacity(entries.count)
    for entry in entries { try add(entry.token, entry.id) }
    for byte in 0..<256 {
      if let id = idByString[ByteAlphabet.spell([UInt8(byte)])] { byteID[byte] = id }
    }
  }

  var hasAllBytes: Bool { !byteID.contains(.max) }

  private mutating func add(_ token: [UInt8], _ id: UInt32) throws(TokenizationFailure) {
    guard Int(id) < TokenizerModel.largestVocabulary else {
      throw .unsupportedPart(name: "vocab", detail: "id \(id); at most \(TokenizerModel.largestVocabulary - 1)")
    }
    if Int(id) >= strings.count { strings += Array(repeating: nil, count: Int(id) + 1 - strings.count) }
    guard strings[Int(id)] == nil, idByString[token] == nil else {
      throw .malformedFile("`\(String(decoding: token, as: UTF8.self))` or its id \(id) occurs twice")
    }
    strings[Int(id)] = token
    idByString[token] = id
  }

  /// A merge in the older spelling: two tokens and a space.
  func merge(
    _ text: [UInt8], _ rank: Int
  ) throws(TokenizationFailure) -> (left: UInt32, right: UInt32, id: UInt32) {
    let parts = text.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard parts.count == 2 else { throw .malformedFile("merge \(rank) is not two tokens and a space") }
    return try merge(Array(parts[0]), Array(parts[1]), rank)
  }

  func merge(
    _ left: [UInt8], _ right: [UInt8], _ rank: Int
  ) throws(TokenizationFailure) -> (left: UInt32, right: UInt32, id: UInt32) {
    guard let leftID = idByString[left], let rightID = idByString[right], let id = idByString[left + right] else {
      throw .malformedFile(
        "merge \(rank), `\(String(decoding: left, as: UTF8.self))` and `\(String(decoding: right, as: UTF8.self))`, "
          + "names or makes a token that the vocabulary lacks")
    }
    return (leftID, rightID, id)
  }

  func model(
    _ kind: PreTokenizerKind, _ merges: [(left: UInt32, right: UInt32, id: UInt32)], added: [AddedToken]
  ) throws(TokenizationFailure) -> TokenizerModel {
    guard merges.count <= TokenizerModel.largestMergeCount else {
      throw .unsupportedPart(name: "merges", detail: "\(merges.count); at most \(TokenizerModel.largestMergeCount)")
    }
    // Hugging Face gives an added token that the vocabulary lacks the next free id, whatever the file says.
    var all = self
    var largestAdded: Int?
    let modelSize = idByString.count
    for token in added {
      let content = Array(token.content.utf8)
      let expected: Int
      if let known = all.idByString[content] {
        expected = Int(known)
      } else {
        expected = max(modelSize, (largestAdded ?? -1) + 1)
      }
      guard expected == Int(token.id) else {
        throw .unsupportedPart(
          name: "added_tokens", detail: "`\(token.content)` has id \(token.id), Hugging Face would give it \(expected)")
      }
      largestAdded = max(largestAdded ?? 0, expected)
      if all.idByString[content] == nil { try all.add(content, token.id) }
    }
    let tokens = all.strings.map { string -> [UInt8] in
      guard let string else { return [] }
      return ByteAlphabet.bytes(spelledBy: string) ?? string
    }
    return TokenizerModel(preTokenizer: kind, tokens: tokens, merges: merges, byteID: byteID, addedTokens: added)
  }
}
