// The text of a tokenizer.json, part by part in the order of Hugging Face's serializer.

/// Gathers a tokenizer.json: head, tokens by ascending id, middle, merges by rank, end.
struct TokenizerText {
  private var out: [UInt8] = []
  private var tokens = 0
  private var merges = 0

  init(capacity: Int) { out.reserveCapacity(capacity) }

  private mutating func put(_ text: String) { out.append(contentsOf: text.utf8) }

  private mutating func putQuoted(_ text: [UInt8]) { TokenizerFile.appendQuoted(text, to: &out) }

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
    put(tokens == 0 ? "\n      " : ",\n      ")
    putQuoted(string)
    put(": \(id)")
    tokens += 1
  }

  mutating func putMiddle() { put("\n    },\n    \"merges\": [") }

  mutating func putMerge(_ left: [UInt8], _ right: [UInt8]) {
    put(merges == 0 ? "\n      [\n        " : ",\n      [\n        ")
    putQuoted(left)
    put(",\n        ")
    putQuoted(right)
    put("\n      ]")
    merges += 1
  }

  consuming func finish() -> [UInt8] {
    put(merges == 0 ? "]\n  }\n}" : "\n    ]\n  }\n}")
    return out
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
