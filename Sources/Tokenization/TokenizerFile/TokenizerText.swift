// The text of a tokenizer.json, part by part in the order of Hugging Face's serializer.

/// Gathers a tokenizer.json: head, tokens by ascending id, middle, merges by rank, end.
struct TokenizerText: ~Copyable {
  private var out: RawArray<UInt8>
  private var tokens = 0
  private var merges = 0

  init(capacity: Int) { out = RawArray(inLargePages: capacity) }

  private mutating func put(_ text: String) { put(Array(text.utf8)) }

  private mutating func put(_ bytes: [UInt8]) { bytes.withUnsafeBufferPointer { put($0) } }

  @inline(__always)
  private mutating func put(_ bytes: UnsafeBufferPointer<UInt8>) {
    if let base = bytes.baseAddress { out.append(from: base, count: bytes.count) }
  }

  @inline(__always)
  private mutating func put(_ text: StaticString) {
    out.append(from: text.utf8Start, count: text.utf8CodeUnitCount)
  }

  private mutating func putQuoted(_ text: [UInt8]) {
    var quoted: [UInt8] = []
    TokenizerFile.appendQuoted(text, to: &quoted)
    put(quoted)
  }

  private mutating func put(_ number: UInt32) {
    var divisor: UInt32 = 1
    while number / divisor >= 10 { divisor *= 10 }
    while divisor > 0 {
      out.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
      divisor /= 10
    }
  }

  mutating func putHead(
    _ added: [AddedToken], _ preTokenizer: PreTokenizerKind, addsPrefixSpace: Bool, ignoresMerges: Bool,
    unknown: [UInt8]?
  ) {
    put("{\n  \"version\": \"1.0\",\n  \"truncation\": null,\n  \"padding\": null,\n  \"added_tokens\": ")
    put(added.isEmpty ? "[]" : "[\n")
    for (index, token) in added.enumerated() {
      put("    {\n      \"id\": \(token.id),\n      \"content\": ")
      putQuoted(Array(token.content.utf8))
      put(",\n      \"single_word\": \(token.isSingleWord),\n      \"lstrip\": \(token.stripsLeft)")
      put(",\n      \"rstrip\": \(token.stripsRight),\n      \"normalized\": \(token.isNormalized)")
      put(",\n      \"special\": \(token.isSpecial)\n    }\(index + 1 < added.count ? ",\n" : "\n  ]")")
    }
    put(",\n  \"normalizer\": null,\n  \"pre_tokenizer\": ")
    putPreTokenizer(preTokenizer, addsPrefixSpace)
    put(
      ",\n  \"post_processor\": \(Self.byteLevel(addPrefixSpace: true, trimOffsets: false, useRegex: true, indent: 2))")
    put(",\n  \"decoder\": \(Self.byteLevel(addPrefixSpace: true, trimOffsets: true, useRegex: true, indent: 2))")
    put(",\n  \"model\": {\n    \"type\": \"BPE\",\n    \"dropout\": null,\n    \"unk_token\": ")
    if let unknown { putQuoted(unknown) } else { put("null") }
    put(",\n    \"continuing_subword_prefix\": null,\n    \"end_of_word_suffix\": null,\n    \"fuse_unk\": false")
    put(",\n    \"byte_fallback\": false,\n    \"ignore_merges\": \(ignoresMerges),\n    \"vocab\": {")
  }

  mutating func putToken(_ string: [UInt8], _ id: UInt32) {
    var quoted: [UInt8] = []
    TokenizerFile.appendQuoted(string, to: &quoted)
    quoted.withUnsafeBufferPointer { putToken(quoted: $0, id) }
  }

  /// The same for a token with its quotation marks and escapes.
  mutating func putToken(quoted: UnsafeBufferPointer<UInt8>, _ id: UInt32) {
    put(tokens == 0 ? ("\n      " as StaticString) : ",\n      ")
    put(quoted)
    put(": " as StaticString)
    put(id)
    tokens += 1
  }

  mutating func putMiddle() { put("\n    },\n    \"merges\": [") }

  mutating func putMerge(_ left: [UInt8], _ right: [UInt8]) {
    var (first, second): ([UInt8], [UInt8]) = ([], [])
    TokenizerFile.appendQuoted(left, to: &first)
    TokenizerFile.appendQuoted(right, to: &second)
    first.withUnsafeBufferPointer { first in second.withUnsafeBufferPointer { putMerge(quoted: first, $0) } }
  }

  /// The same for tokens with their quotation marks and escapes.
  mutating func putMerge(quoted left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) {
    put(merges == 0 ? ("\n      [\n        " as StaticString) : ",\n      [\n        ")
    put(left)
    put(",\n        " as StaticString)
    put(right)
    put("\n      ]" as StaticString)
    merges += 1
  }

  consuming func finish() -> [UInt8] {
    put(merges == 0 ? "]\n  }\n}" : "\n    ]\n  }\n}")
    return Array(out.elements)
  }

  private mutating func putPreTokenizer(_ kind: PreTokenizerKind, _ addsPrefixSpace: Bool) {
    // Without splits before it ByteLevel stands alone, and only then may it add a space.
    if kind == .gpt2 || kind.rules == [TokenizerParts.noSplit] {
      put(Self.byteLevel(addPrefixSpace: addsPrefixSpace, trimOffsets: true, useRegex: kind == .gpt2, indent: 2))
      return
    }
    put("{\n    \"type\": \"Sequence\",\n    \"pretokenizers\": [\n")
    for rule in kind.rules {
      put("      {\n        \"type\": \"Split\",\n        \"pattern\": {\n          ")
      switch rule.pattern {
      case .regex(let text):
        put("\"Regex\": ")
        putQuoted(Array(text.utf8))
      case .literal(let text):
        put("\"String\": ")
        putQuoted(Array(text.utf8))
      }
      put(
        "\n        },\n        \"behavior\": \"\(rule.behavior.rawValue)\",\n        \"invert\": \(rule.isInverted)\n      },\n"
      )
    }
    put("      \(Self.byteLevel(addPrefixSpace: false, trimOffsets: true, useRegex: false, indent: 6))\n    ]\n  }")
  }

  private static func byteLevel(addPrefixSpace: Bool, trimOffsets: Bool, useRegex: Bool, indent: Int) -> String {
    let space = String(repeating: " ", count: indent)
    return "{\n\(space)  \"type\": \"ByteLevel\",\n\(space)  \"add_prefix_space\": \(addPrefixSpace),\n"
      + "\(space)  \"trim_offsets\": \(trimOffsets),\n\(space)  \"use_regex\": \(useRegex)\n\(space)}"
  }
}
