// The expressions of published tokenizers, as their tokenizer.json files spell them.

enum PublishedPattern {
  /// bigscience/bloom.
  static let bloom = #" ?[^(\s|[.,!?…。，、।۔،])]+"#
  /// openai/gpt-2, and what `ByteLevel` with `use_regex` does.
  static let gpt2 = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
  /// GPT-4 and Llama 3.
  static let cl100k =
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"#
    + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
  /// Qwen 2: as GPT-4's, each digit alone.
  static let qwen2 =
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"#
    + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
  /// tiktoken's cl100k with its meaning in Oniguruma's syntax: there `$` is the end of the text, intervals followed by
  /// a plus are possessive, and neither is so in Oniguruma.
  static let tiktoken =
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"#
    + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s+\z|\s*[\r\n]+|\s+(?!\S)|\s+"#
  /// GPT-4o.
  static let o200k =
    #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"#
    + #"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"#
    + #"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
  /// deepseek-ai/DeepSeek-V3, first step.
  static let digitsByThrees = #"\p{N}{1,3}"#
  /// Its second step.
  static let chineseAndKana = "[\u{4E00}-\u{9FA5}\u{3040}-\u{309F}\u{30A0}-\u{30FF}]+"
  /// Its third step; `\r` and `\n` stand there as characters, not as escapes.
  static let deepseekWords =
    ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^"## + "\r\n"
    + #"\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+["# + "\r\n" + #"]*|\s*["# + "\r\n"
    + #"]+|\s+(?!\S)|\s+"#

  /// Expressions whose matches cover any text: dropping what lies between them drops nothing.
  private static let covering = [gpt2, cl100k, qwen2, tiktoken, o200k]

  /// The same rule in its plainest form: an isolated split is the same inverted or not, and `removed` of an inverted
  /// match that covers all text is isolated.
  static func simplified(_ rule: SplitRule) -> SplitRule {
    guard case .regex(let text) = rule.pattern else { return rule }
    let removesNothing = rule.behavior == .removed && rule.isInverted && covering.contains(text)
    return rule.behavior == .isolated || removesNothing ? SplitRule(pattern: rule.pattern) : rule
  }

  /// The scanner made by hand for rules that are no published kind, if there is one.
  static func scanner(_ rules: [SplitRule]) -> SplitAutomaton? {
    if rules == [SplitRule(pattern: .regex(qwen2))] { return GPT4Split.qwen2 }
    return rules == [SplitRule(pattern: .regex(tiktoken))] ? GPT4Split.tiktoken : nil
  }
}
