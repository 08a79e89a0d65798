// docs/configuration.md, printed from the keys that the decoders ask for: the page cannot say what the code does not do.

public enum ConfigurationReference {
  /// The page, ending in one newline.
  public static func markdown() -> String {
    let keys = allKeys()
    var page = """
      # The pipeline file

      This page is printed by `ConfigurationReference.markdown()`; a test keeps it equal to the code. `pipelines/demo.yaml`
      and `pipelines/roots.yaml` are complete examples.

      A pipeline file is YAML, at most 1 MiB, without anchors and aliases. Unknown keys, wrong types and values out of
      range are errors; all of them are reported together, each with file, line and column. Sizes are numbers of bytes
      or `64K`, `16M`, `8G`, `1T` (1K is 1024). The example below each table has every key once, with its default where it
      has one.

      `--set KEY=VALUE` sets a key of the top level, `--set STEP.KEY=VALUE` a key of a step, `--set STEP=off` takes a step
      out and `--set STEP=on` puts it in with its defaults. Lists are written `[a, b]`. The last one counts, and
      `--input`, `--output`, `--workers`, `--memory` and `--executor` count more.

      The digest of a configuration covers all that decides output bytes: every key below and the content of the
      language files, but not `output`, `workers`, `memory`, `executor`, `slurm`, `maximum_bad_ratio` and the
      path in `languages`.

      ## Top level

      """
    page += "\n" + table("", keys)
    page += "\n## Entries of `input`\n\n" + table("input", keys)
    page += "\n## Keys of `slurm`\n\n" + table("slurm", keys)
    page += "\n## Steps of `process`\n\nEach at most once, in this order. A step that is not listed does not run;\n"
    page += "`- report: {}`, `- report:` and `- report` are the same.\n"
    for step in PipelineStep.allCases {
      page += "\n### `\(step.rawValue)`\n\n\(step.summary)\n\n" + table(step.rawValue, keys)
    }
    page += "\n## Language files\n\n`<code>.yaml` in the directory `languages`; `code.yaml` serves every programming "
    page += "language. The step `filter`\nreads them; its own thresholds hold for every language instead of these.\n\n"
    page += table("language", keys)
    page +=
      "\nFiles in FineWeb2's form, `<iso639-3>_<Script>.yml`, are read as they are: their limits become `presets`, "
    page += "`language_score` the\n`minimum_language_confidence`, `max_non_alpha_words_ratio` the "
    page +=
      "`minimum_alphabetic_word_ratio`. Beside `<code>.yaml` of the\nsame language they change its `presets` only, "
    page += "and give stop words where it has none.\n"
    return page
  }

  /// Every key, in the order in which it is read.
  static func allKeys() -> [ConfigurationKey] {
    let context = ConfigurationContext(fileName: "")
    let empty = ConfigurationNode(.mapping([]), at: .file(line: 1, column: 1))
    var configuration = PipelineDecoder.decode(empty, context: context)
    _ = PipelineDecoder.input(ConfigurationSection("input", empty, context: context))
    _ = PipelineDecoder.slurm(ConfigurationSection("slurm", empty, context: context))
    for step in PipelineStep.allCases {
      PipelineDecoder.decode(step, ConfigurationSection(step.rawValue, empty, context: context), into: &configuration)
    }
    _ = LanguageFileDecoder.decode(ConfigurationSection("language", empty, context: context), code: "en")
    return context.keys
  }

  /// The keys of one section, and an example that has them all.
  private static func table(_ section: String, _ all: [ConfigurationKey]) -> String {
    let keys = all.filter { $0.section == section }
    var text = "| key | value | default | meaning |\n|---|---|---|---|\n"
    for key in keys {
      let fallback = key.fallback.map { key.isProse($0) ? $0 : "`\($0)`" } ?? "required"
      text += "| `\(key.name)` | \(key.expected) | \(fallback) | \(key.summary) |\n"
    }
    return text + "\n```yaml\n" + ConfigurationExamples.yaml(section: section, keys: keys) + "\n```\n"
  }
}

extension ConfigurationKey {
  /// Whether a default is words rather than something to write into a file.
  func isProse(_ fallback: String) -> Bool {
    (fallback == "none" && !expected.contains("none")) || (fallback.contains(" ") && !fallback.hasPrefix("["))
  }
}
