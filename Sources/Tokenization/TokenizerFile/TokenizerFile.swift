// tokenizer.json and its companions in the shape of Hugging Face's tokenizers 0.23, byte for byte as it would save them:
// two spaces of indentation, merges as arrays of two strings.

/// Writes and reads tokenizer files.
public enum TokenizerFile {
  /// BLOOM's split as its tokenizer.json spells it (bigscience/tokenizer).
  static let bloomPattern = #" ?[^(\s|[.,!?…。，、।۔،])]+"#

  /// tokenizer.json of a trained model; loads in `tokenizers.Tokenizer.from_file`.
  public static func write(_ model: TrainedModel, preTokenizer: PreTokenizerKind) -> [UInt8] {
    let strings = tokenStrings(model)
    var out: [UInt8] = []
    out.reserveCapacity(strings.count * 60)
    func put(_ text: String) { out.append(contentsOf: text.utf8) }

    put("{\n  \"version\": \"1.0\",\n  \"truncation\": null,\n  \"padding\": null,\n  \"added_tokens\": ")
    put(model.specialTokens.isEmpty ? "[]" : "[\n")
    for (id, token) in model.specialTokens.enumerated() {
      put("    {\n      \"id\": \(id),\n      \"content\": ")
      appendQuoted(Array(token.utf8), to: &out)
      for flag in ["single_word", "lstrip", "rstrip", "normalized"] { put(",\n      \"\(flag)\": false") }
      put(",\n      \"special\": true\n    }\(id + 1 < model.specialTokens.count ? "," : "\n  ]")")
      if id + 1 < model.specialTokens.count { put("\n") }
    }
    put(",\n  \"normalizer\": null,\n  \"pre_tokenizer\": ")
    put(preTokenizerText(preTokenizer))
    put(",\n  \"post_processor\": \(byteLevel(addPrefixSpace: true, trimOffsets: false, useRegex: true, indent: 2))")
    put(",\n  \"decoder\": \(byteLevel(addPrefixSpace: true, trimOffsets: true, useRegex: true, indent: 2))")
    put(",\n  \"model\": {\n    \"type\": \"BPE\",\n    \"dropout\": null,\n    \"unk_token\": null")
    put(",\n    \"continuing_subword_prefix\": null,\n    \"end_of_word_suffix\": null,\n    \"fuse_unk\": false")
    put(",\n    \"byte_fallback\": false,\n    \"ignore_merges\": false,\n    \"vocab\": {")
    for (id, string) in strings.enumerated() {
      put(id == 0 ? "\n      " : ",\n      ")
      appendQuoted(string, to: &out)
      put(": \(id)")
    }
    put("\n    },\n    \"merges\": [")
    for (rank, merge) in model.merges.enumerated() {
      put(rank == 0 ? "\n      [\n        " : ",\n      [\n        ")
      appendQuoted(strings[Int(merge.0)], to: &out)
      put(",\n        ")
      appendQuoted(strings[Int(merge.1)], to: &out)
      put("\n      ]")
    }
    put(model.merges.isEmpty ? "]\n  }\n}" : "\n    ]\n  }\n}")
    return out
  }

  /// tokenizer_config.json for transformers: which special token plays which part, padding on the left.
  public static func tokenizerConfig(_ model: TrainedModel, preTokenizer: PreTokenizerKind) -> [UInt8] {
    var members = ["\"add_prefix_space\": false"]
    members += roles(model).map { "\"\($0.role)\": \($0.token)" }
    members += ["\"clean_up_tokenization_spaces\": false", "\"padding_side\": \"left\""]
    members.append(
      "\"tokenizer_class\": \"\(preTokenizer == .bloom ? "BloomTokenizerFast" : "PreTrainedTokenizerFast")\"")
    return Array("{\n  \(members.joined(separator: ",\n  "))\n}\n".utf8)
  }

  /// special_tokens_map.json for transformers.
  public static func specialTokensMap(_ model: TrainedModel) -> [UInt8] {
    let members = roles(model).map { "\"\($0.role)\": \($0.token)" }
    return Array((members.isEmpty ? "{}\n" : "{\n  \(members.joined(separator: ",\n  "))\n}\n").utf8)
  }

  /// Roles in alphabetical order, each with its quoted token.
  private static func roles(_ model: TrainedModel) -> [(role: String, token: String)] {
    let names: [(role: String, tokens: [String])] = [
      ("bos_token", ["<s>", "<|endoftext|>"]), ("eos_token", ["</s>", "<|endoftext|>"]), ("pad_token", ["<pad>"]),
      ("unk_token", ["<unk>", "<|endoftext|>"]),
    ]
    return names.compactMap { role, tokens in
      tokens.first { model.specialTokens.contains($0) }.map { (role, "\"\($0)\"") }
    }
  }

  /// Token strings by id: special tokens as they are, others in the byte alphabet.
  private static func tokenStrings(_ model: TrainedModel) -> [[UInt8]] {
    model.vocabulary.enumerated().map { id, bytes in
      id < model.specialTokens.count ? bytes : ByteAlphabet.spell(bytes)
    }
  }

  private static func preTokenizerText(_ kind: PreTokenizerKind) -> String {
    switch kind {
    case .gpt2: return byteLevel(addPrefixSpace: false, trimOffsets: true, useRegex: true, indent: 2)
    case .bloom, .cl100k, .o200k, .deepseek, .rules:
      let steps = kind.rules.map { rule in
        var pattern: [UInt8] = []
        let (type, text) =
          switch rule.pattern {
          case .regex(let text): ("Regex", text)
          case .literal(let text): ("String", text)
          }
        appendQuoted(Array(text.utf8), to: &pattern)
        return """
                {
                  "type": "Split",
                  "pattern": {
                    "\(type)": \(String(decoding: pattern, as: UTF8.self))
                  },
                  "behavior": "\(rule.behavior.rawValue)",
                  "invert": \(rule.isInverted)
                },

          """
      }
      return """
        {
            "type": "Sequence",
            "pretokenizers": [
        \(steps.joined())      \(byteLevel(addPrefixSpace: false, trimOffsets: true, useRegex: false, indent: 6))
            ]
          }
        """
    }
  }

  private static func byteLevel(addPrefixSpace: Bool, trimOffsets: Bool, useRegex: Bool, indent: Int) -> String {
    let space = String(repeating: " ", count: indent)
    return "{\n\(space)  \"type\": \"ByteLevel\",\n\(space)  \"add_prefix_space\": \(addPrefixSpace),\n"
      + "\(space)  \"trim_offsets\": \(trimOffsets),\n\(space)  \"use_regex\": \(useRegex)\n\(space)}"
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
