// Reading foreign tokenizers: only those whose ids this encoder reproduces exactly; any other part is refused by name.
// What Hugging Face's tokenizers 0.23.3 does with each part is the measure, always with `add_special_tokens=False`.

extension TokenizerFile {
  /// Reads a tokenizer.json, a compiled tokenizer, or a `.tiktoken` file of ranks; which of them, the content says.
  ///
  /// A file of ranks names no split and no special tokens: `preTokenizer` and `specialTokens` do, and are given for
  /// such a file only. Throws `malformedFile` for what is no tokenizer, with the place; `unsupportedPart` for a part that
  /// would change ids in a way that is not reproduced. One pass, O(n): 20 MB take 0.06 s; memory is at most 4 times the
  /// file and 40 MB.
  public static func read(
    _ bytes: [UInt8], preTokenizer: PreTokenizerKind? = nil, specialTokens: [AddedToken] = []
  ) throws(TokenizationFailure) -> TokenizerModel {
    try read(bytes.span, preTokenizer: preTokenizer, specialTokens: specialTokens)
  }

  /// The same for bytes that are somewhere else than in an array.
  public static func read(
    _ bytes: Span<UInt8>, preTokenizer: PreTokenizerKind? = nil, specialTokens: [AddedToken] = []
  ) throws(TokenizationFailure) -> TokenizerModel {
    try bytes.withUnsafeBufferPointer { (buffer) throws(TokenizationFailure) in
      let isCompiled = CompiledTokenizer.begins(buffer)
      guard isCompiled || buffer.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) == UInt8(ascii: "{") else {
        return try RankFile.read(buffer, preTokenizer: preTokenizer, specialTokens: specialTokens)
      }
      guard preTokenizer == nil, specialTokens.isEmpty else {
        throw .invalidOption(
          name: "pre-tokenizer and special tokens",
          detail: "a tokenizer.json has its own; they are given for a .tiktoken file only")
      }
      if isCompiled { return try CompiledTokenizer.read(buffer) }
      var parse = TokenizerParse()
      return try parse.model(buffer)
    }
  }

  /// Reads GPT-2's pair of files, vocab.json and merges.txt. `specialTokens` that the vocabulary holds are found in raw
  /// text; others are left out, for they have no id.
  public static func read(
    vocabulary: [UInt8], merges: [UInt8], preTokenizer: PreTokenizerKind = .gpt2,
    specialTokens: [String] = ["<|endoftext|>"]
  ) throws(TokenizationFailure) -> TokenizerModel {
    var builder = TokenTableBuilder(arenaBytes: vocabulary.count)
    try vocabulary.withUnsafeBufferPointer { (buffer) throws(TokenizationFailure) in
      guard var reader = JSONReader(buffer), reader.current == UInt8(ascii: "{") else {
        throw .malformedFile("vocab.json is no JSON object")
      }
      try VocabularyReader.readVocabulary(&reader, into: &builder)
      try reader.expectEnd()
    }
    let table = try builder.build()
    var resolver = MergeResolver(table, capacity: merges.count / 8, bytes: 0)
    for line in merges.split(separator: UInt8(ascii: "\n")) {
      let text = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      if !text.isEmpty { try resolver.add(spaced: Array(text)) }
    }
    let resolved = try resolver.finish()
    var parts = TokenizerModel.Parts(preTokenizer: preTokenizer)
    for token in specialTokens {
      if let id = table.id(written: Array(token.utf8)) {
        parts.addedTokens.append(AddedToken(content: token, id: id))
      }
    }
    return try TokenizerModel(parts, table, resolved)
  }
}

/// What has been read of a tokenizer.json so far.
struct TokenizerParse: ~Copyable {
  private var builder = TokenTableBuilder(arenaBytes: 1 << 16)
  private var table: TokenTable?
  private var hasVocabulary = false
  private var merges: MergeList?
  /// Vocabulary and merges come from elsewhere; those of the file are passed over.
  private let isWithoutModel: Bool
  /// Where `merges` begins when it came before the vocabulary.
  private var mergesAt: Int?
  private var modelMembers: [(key: [UInt8], value: JSONValue)] = []
  private var members: [(key: [UInt8], value: JSONValue)] = []

  init(withoutModel: Bool = false) { isWithoutModel = withoutModel }

  /// Everything of a tokenizer.json.
  mutating func model(_ bytes: UnsafeBufferPointer<UInt8>) throws(TokenizationFailure) -> TokenizerModel {
    var reader = try readMembers(bytes)
    guard hasVocabulary else {
      throw .malformedFile(
        "no `model` with a `vocab`: this is not a tokenizer.json (a vocab.json goes together with its merges.txt)")
    }
    let table: TokenTable
    if let known = self.table { table = known } else { table = try builder.build() }
    if let mergesAt {
      reader.at = mergesAt
      merges = try VocabularyReader.readMerges(&reader, table, builder.written)
    }
    guard let merges else { throw .malformedFile("`model` has no `merges`") }
    let (parts, outside) = try parts(table, tokenCount: table.count)
    return try TokenizerModel(parts, table.adding(outside), merges)
  }

  /// What the file says beside vocabulary and merges. `table`: all bytes, added tokens and the unknown token of a vocabulary
  /// of `tokenCount` tokens.
  mutating func parts(
    _ bytes: UnsafeBufferPointer<UInt8>, _ table: TokenTable, tokenCount: Int
  ) throws(TokenizationFailure) -> (parts: TokenizerModel.Parts, outside: [(bytes: [UInt8], id: UInt32)]) {
    _ = try readMembers(bytes)
    return try parts(table, tokenCount: tokenCount)
  }

  /// Returns the reader at the end of the file.
  private mutating func readMembers(_ bytes: UnsafeBufferPointer<UInt8>) throws(TokenizationFailure) -> JSONReader {
    guard var reader = JSONReader(bytes) else { throw .malformedFile("the file is empty") }
    let known = [
      "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder",
    ].map { Array($0.utf8) }
    let modelKey = Array("model".utf8)
    try reader.object { (reader, key) throws(TokenizationFailure) in
      if key == modelKey {
        try readModel(&reader)
      } else if known.contains(key) {
        members.append((key, try reader.value(1)))
      } else {
        try reader.skipValue(1)
      }
    }
    try reader.expectEnd()
    return reader
  }

  private mutating func readModel(_ reader: inout JSONReader) throws(TokenizationFailure) {
    guard reader.current == UInt8(ascii: "{") else { throw reader.failure("expected `model` to be an object") }
    let vocabularyKey = Array("vocab".utf8)
    let mergesKey = Array("merges".utf8)
    try reader.object { (reader, key) throws(TokenizationFailure) in
      if isWithoutModel, key == vocabularyKey || key == mergesKey {
        try reader.skipValue(2)
      } else if key == vocabularyKey {
        guard reader.current == UInt8(ascii: "{") else {
          throw .unsupportedPart(
            name: "model.vocab", detail: "no object of tokens and ids (Unigram has a list); byte-level BPE is accepted")
        }
        try VocabularyReader.readVocabulary(&reader, into: &builder)
        hasVocabulary = true
      } else if key == mergesKey {
        if hasVocabulary {
          let table = try builder.build()
          self.table = table
          merges = try VocabularyReader.readMerges(&reader, table, builder.written)
        } else {
          mergesAt = reader.at
          try reader.skipValue(2)
        }
      } else {
        modelMembers.append((key, try reader.value(2)))
      }
    }
  }

  private func parts(
    _ table: TokenTable, tokenCount: Int
  ) throws(TokenizationFailure) -> (parts: TokenizerModel.Parts, outside: [(bytes: [UInt8], id: UInt32)]) {
    let root = JSONValue.object(members)
    if let version = root.member("version"), !version.isString("1.0") {
      throw .unsupportedPart(name: "version", detail: "`1.0` is the only one there is")
    }
    for name in ["truncation", "padding"] where !JSONValue.isAbsent(root.member(name)) {
      throw .unsupportedPart(
        name: name, detail: "it would cut documents or fill them up; set it to null in a copy of the file")
    }
    try TokenizerParts.checkNormalizer(root.member("normalizer"))
    let split = try TokenizerParts.preTokenizer(root.member("pre_tokenizer"))
    try TokenizerParts.checkPostProcessor(root.member("post_processor"))
    try TokenizerParts.checkDecoder(root.member("decoder"))
    let byteIDs = TokenizerModel.byteIDs(table)
    let model = try TokenizerParts.bytePairModel(.object(modelMembers), table, byteIDs)
    let added = try TokenizerParts.addedTokens(root.member("added_tokens"), table, tokenCount: tokenCount)
    var parts = TokenizerModel.Parts(preTokenizer: split.kind)
    parts.addsPrefixSpace = split.addsPrefixSpace
    parts.ignoresMerges = model.ignoresMerges
    parts.unknownID = model.unknownID
    parts.addedTokens = added.tokens
    parts.outside = added.outside.map(\.id)
    return (parts, added.outside)
  }
}
