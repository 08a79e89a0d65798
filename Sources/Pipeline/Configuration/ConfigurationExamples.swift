// An example for every key of a pipeline file: its default, or where it has none a value that makes sense. Printed into
// docs/configuration.md; a test reads what is printed.

enum ConfigurationExamples {
  /// The keys of one section as YAML, each with a value. A step is an entry of `process`.
  static func yaml(section: String, keys: [ConfigurationKey]) -> String {
    let isStep = PipelineStep(rawValue: section) != nil
    let isList = isStep || section == "input"
    var lines = isStep ? ["- \(section):"] : section == "slurm" ? ["slurm:"] : section == "input" ? ["input:"] : []
    for (index, key) in keys.enumerated() {
      let indent = isStep ? "    " : section == "slurm" ? "  " : isList ? (index == 0 ? "  - " : "    ") : ""
      lines.append("\(indent)\(key.name): \(value(of: key))")
    }
    return lines.joined(separator: "\n")
  }

  /// nil for a key that needs an example and has none.
  static func known(_ key: ConfigurationKey) -> String? {
    if let value = chosen[key.section]?[key.name] { return value }
    guard let fallback = key.fallback, !key.isProse(fallback) else { return nil }
    return fallback
  }

  private static func value(of key: ConfigurationKey) -> String { known(key) ?? "…" }

  private static let chosen: [String: [String: String]] = [
    "": [
      "name": "first", "input": "[{paths: [\"shards/*.jsonl.zst\"]}]", "output": "runs/first",
      "languages": "pipelines/languages", "workers": "8", "memory": "16G",
      "slurm": "{partition: cpu, time: \"04:00:00\"}",
      "process": "[{normalize: {form: nfc}}, deduplicate_exact, report]",
    ],
    "input": ["paths": "[\"shards/*.jsonl.zst\", \"more/*.txt\"]", "source": "web"],
    "slurm": [
      "partition": "cpu", "account": "corpus", "time": "\"04:00:00\"", "options": "[\"--constraint=cpu\"]",
      "setup": "[module load zstd]",
    ],
    "identify_language": ["model": "models/languages.model"],
    "decontaminate": ["evaluation": "[\"sample-data/en.jsonl\"]"],
    "encode": ["tokenizer": "tokenizers/mine.json"],
    "language": [
      "language": "oc", "name": "Occitan", "script": "Latin",
      "filters": "{minimum_bytes: 300, minimum_stop_word_ratio: 0.1}",
      "presets": "{maximum_mean_word_length: 14}", "sentence_ends": "\"።\"", "stop_words": "[lo, la, los, de, e]",
      "flagged_words": "[]", "perplexity_model": "models/oc.arpa.zst",
    ],
    // Of the presets where one of them has a value (docs/cleaning.md).
    "filter": [
      "minimum_bytes": "300", "maximum_bytes": "10_000_000", "minimum_word_count": "50",
      "maximum_word_count": "100_000",
      "character_repetition_length": "10", "maximum_character_repetition_ratio": "0.2", "word_repetition_length": "5",
      "maximum_word_repetition_ratio": "0.3", "minimum_special_character_ratio": "0.15",
      "maximum_special_character_ratio": "0.4", "minimum_stop_word_ratio": "0.1", "maximum_flagged_word_ratio": "0.1",
      "maximum_perplexity": "1000",
      "minimum_language_confidence": "0.7", "minimum_longest_line": "20", "maximum_line_length": "1000",
      "minimum_characters": "100", "maximum_characters": "200_000", "maximum_mean_line_length": "100",
      "minimum_alphanumeric_ratio": "0.25", "minimum_token_length_deviation": "3", "minimum_mean_word_length": "3",
      "maximum_mean_word_length": "10", "minimum_alphabetic_word_ratio": "0.8", "minimum_distinct_stop_words": "2",
      "maximum_hash_ratio": "0.1", "maximum_ellipsis_ratio": "0.1", "maximum_bullet_line_ratio": "0.9",
      "maximum_ellipsis_line_ratio": "0.3", "maximum_duplicate_line_ratio": "0.3",
      "maximum_duplicate_line_character_ratio": "0.2", "maximum_duplicate_paragraph_ratio": "0.3",
      "maximum_duplicate_paragraph_character_ratio": "0.2", "maximum_top_2_gram_ratio": "0.2",
      "maximum_top_3_gram_ratio": "0.18", "maximum_top_4_gram_ratio": "0.16", "maximum_duplicate_5_gram_ratio": "0.15",
      "maximum_duplicate_6_gram_ratio": "0.14", "maximum_duplicate_7_gram_ratio": "0.13",
      "maximum_duplicate_8_gram_ratio": "0.12", "maximum_duplicate_9_gram_ratio": "0.11",
      "maximum_duplicate_10_gram_ratio": "0.1", "minimum_sentence_count": "5", "maximum_curly_brackets": "0",
      "maximum_lorem_ipsum": "0", "minimum_terminated_line_ratio": "0.12", "maximum_short_line_ratio": "0.67",
      "short_line_length": "30", "maximum_line_duplication_ratio": "0.01", "maximum_newline_ratio": "0.3",
      "minimum_line_words": "3", "maximum_line_word_length": "1000", "remove_unterminated_lines": "1",
      "remove_javascript_lines": "1", "remove_policy_lines": "1", "remove_code_lines": "1", "remove_menu_lines": "1",
      "remove_citations": "1",
    ],
  ]
}
