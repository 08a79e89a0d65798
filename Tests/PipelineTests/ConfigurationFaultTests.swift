import Testing

@testable import Pipeline

@Suite struct ConfigurationFaultTests {
  typealias Support = ConfigurationTesting

  /// A step as line 6 of a file, and the one fault it has.
  @Test(arguments: [
    ("  - normalise: {}\n", "p.yaml:6:5: unknown step \"normalise\", did you mean normalize?"),
    (
      "  - frobnicate: {}\n",
      "p.yaml:6:5: unknown step \"frobnicate\"; the steps are normalize, identify_language, filter, decontaminate, redact, "
        + "deduplicate_exact, deduplicate_url, deduplicate_near, deduplicate_lines, train_tokenizer, encode, report"
    ),
    (
      "  - train_tokenizer: {vocabulary_sise: 3}\n",
      "p.yaml:6:23: unknown key \"vocabulary_sise\" in train_tokenizer, did you mean vocabulary_size?"
    ),
    (
      "  - train_tokenizer:\n      vocab_size: 3\n",
      "p.yaml:7:7: unknown key \"vocab_size\" in train_tokenizer, did you mean vocabulary_size?"
    ),
    (
      "  - filter: {min_bytes: 3}\n",
      "p.yaml:6:14: unknown key \"min_bytes\" in filter, did you mean minimum_bytes?"
    ),
    (
      "  - report: {zzz: 1}\n",
      "p.yaml:6:14: unknown key \"zzz\" in report; the keys here are examples"
    ),
    (
      "  - train_tokenizer: {vocabulary_size: many}\n",
      "p.yaml:6:40: vocabulary_size: expected a whole number from 260 to 2,147,483,648, found the text \"many\""
    ),
    (
      "  - train_tokenizer: {vocabulary_size: 259}\n",
      "p.yaml:6:40: vocabulary_size: expected a whole number from 260 to 2,147,483,648, found the number 259"
    ),
    (
      "  - train_tokenizer: {vocabulary_size: \"2000\"}\n",
      "p.yaml:6:40: vocabulary_size: expected a whole number from 260 to 2,147,483,648, found the text \"2000\""
    ),
    (
      "  - train_tokenizer: {vocabulary_size: 260, special_tokens: [a, b, c, d, e]}\n",
      "p.yaml:6:22: train_tokenizer: vocabulary_size 260 has no room for 256 bytes and 5 special tokens"
    ),
    (
      "  - train_tokenizer: {special_tokens: [a, b, a]}\n",
      "p.yaml:6:46: special_tokens: \"a\" is given twice"
    ),
    (
      "  - train_tokenizer: {pre_tokenizer: \"\"}\n",
      "p.yaml:6:38: pre_tokenizer: expected bloom, gpt2, cl100k, o200k or a regular expression, found an empty text"
    ),
    (
      "  - train_tokenizer: {sampling_alpha: 1.5}\n",
      "p.yaml:6:39: sampling_alpha: expected a number from 0 to 1, found the number 1.5"
    ),
    (
      "  - train_tokenizer: {sampling_alpha: .nan}\n",
      "p.yaml:6:39: sampling_alpha: expected a number from 0 to 1, found the text \".nan\""
    ),
    (
      "  - normalize: {controls: yes}\n",
      "p.yaml:6:27: controls: expected true or false, found the text \"yes\""
    ),
    ("  - normalize: {controls: [true]}\n", "p.yaml:6:27: controls: expected true or false, found a list"),
    ("  - normalize: {controls: }\n", "p.yaml:6:27: controls: expected true or false, found nothing"),
    (
      "  - normalize: {form: nfd}\n",
      "p.yaml:6:23: form: expected nfc, nfkc or none, found the text \"nfd\", did you mean nfc?"
    ),
    (
      "  - normalize: nfc\n",
      "p.yaml:6:16: normalize: expected a mapping of keys to values, found the text \"nfc\""
    ),
    (
      "  - redact: {kinds: [email, phones]}\n",
      "p.yaml:6:29: kinds: expected email, ip_address, key, user, phone or id, found the text \"phones\", did you mean phone?"
    ),
    ("  - redact: {kinds: [email, email]}\n", "p.yaml:6:29: kinds: email is given twice"),
    (
      "  - redact: {kinds: []}\n",
      "p.yaml:6:21: kinds: expected a list of email, ip_address, key, user, phone and id, found an empty list"
    ),
    (
      "  - redact: {kinds: email}\n",
      "p.yaml:6:21: kinds: expected a list of email, ip_address, key, user, phone and id, found the text \"email\""
    ),
    (
      "  - deduplicate_near: {bands: 64, rows: 16}\n",
      "p.yaml:6:23: deduplicate_near: bands × rows is 64 × 16 = 1024, at most 512"
    ),
    (
      "  - deduplicate_near: {rows: 17}\n",
      "p.yaml:6:30: rows: expected a whole number from 1 to 16, found the number 17"
    ),
    (
      "  - deduplicate_near: {bands: 2.5}\n",
      "p.yaml:6:31: bands: expected a whole number from 1 to 256, found the number 2.5"
    ),
    (
      "  - deduplicate_near: {seed: 99999999999999999999}\n",
      "p.yaml:6:30: seed: expected a whole number from 0 to 2^63 - 1, found the number 99999999999999999999"
    ),
    (
      "  - filter: {minimum_bytes: 1.5}\n",
      "p.yaml:6:29: minimum_bytes: expected a whole number from 0 to 1,000,000,000,000, found the number 1.5"
    ),
    (
      "  - filter: {minimum_bytes: 9, maximum_bytes: 8}\n",
      "p.yaml:6:13: filter: minimum_bytes is 9, more than maximum_bytes, which is 8; nothing would be kept"
    ),
    (
      "  - report: {}\n  - redact: {}\n",
      "p.yaml:7:5: step redact must stand before report; the order is normalize, identify_language, filter, decontaminate, redact, "
        + "deduplicate_exact, deduplicate_url, deduplicate_near, deduplicate_lines, train_tokenizer, encode, report"
    ),
    (
      "  - identify_language: {identifier: cld2, model: x.model}\n",
      "p.yaml:6:24: identify_language: identifier cld2 has no model; leave model out"
    ),
    (
      "  - identify_language: {model: /no/such.model}\n",
      "p.yaml: identify_language: /no/such.model: cannot open for reading: No such file or directory; "
        + "check that the path exists and is spelt as it is on disk"
    ),
    ("  - report: {}\n  - report: {}\n", "p.yaml:7:5: step report is given twice"),
    (
      "  - {report: {}, redact: {}}\n",
      "p.yaml:6:5: process: expected one step, as in `- normalize: {form: nfc}`, found a mapping of 2 keys"
    ),
    (
      "  - [report]\n",
      "p.yaml:6:5: process: expected one step, as in `- normalize: {form: nfc}`, found a list"
    ),
    (
      "  - encode: {}\n",
      "p.yaml:6:5: encode needs a tokenizer: add the step train_tokenizer, or name one with encode.tokenizer"
    ),
    (
      "  - train_tokenizer:\n  - encode: {end_of_document: <eod>}\n",
      "p.yaml:7:5: encode: end_of_document \"<eod>\" is not among special_tokens of train_tokenizer"
    ),
    (
      "  - train_tokenizer:\n  - encode: {tokenizer: t.json}\n",
      "p.yaml:7:5: encode: tokenizer names an existing tokenizer, so nothing would use the one that train_tokenizer "
        + "trains; take one of them out (--set train_tokenizer=off)"
    ),
    (
      "  - report: {examples: 1, examples: 2}\n",
      "p.yaml:6:14: key \"examples\" is given more than once in one mapping (here for the first time)"
    ),
  ])
  func aStepWithOneFaultIsReportedAtItsPlace(steps: String, expected: String) {
    #expect(Support.faults(Support.file(steps: steps)) == [expected])
  }

  /// A line 7 at the top level, and the one fault it has.
  @Test(arguments: [
    ("unit_byte: 3\n", "p.yaml:7:1: unknown key \"unit_byte\", did you mean unit_bytes?"),
    (
      "filter: {}\n",
      "p.yaml:7:1: unknown key \"filter\"; filter is a step: write it under process, as `- filter: {…}`"
    ),
    (
      "unit_bytes: 16X\n",
      "p.yaml:7:13: unit_bytes: expected a size from 1K to 16G, such as 16M, found the text \"16X\""
    ),
    ("unit_bytes: 12\n", "p.yaml:7:13: unit_bytes: expected a size from 1K to 16G, such as 16M, found the number 12"),
    ("memory: 1P\n", "p.yaml:7:9: memory: expected a size from 1M to 64T, such as 16M, found the text \"1P\""),
    ("memory: 65T\n", "p.yaml:7:9: memory: expected a size from 1M to 64T, such as 16M, found the text \"65T\""),
    ("workers: 0\n", "p.yaml:7:10: workers: expected a whole number from 1 to 4,096, found the number 0"),
    (
      "executor: slrum\n",
      "p.yaml:7:11: executor: expected local or slurm, found the text \"slrum\", did you mean slurm?"
    ),
    ("maximum_bad_ratio: 2\n", "p.yaml:7:20: maximum_bad_ratio: expected a number from 0 to 1, found the number 2"),
    ("text_field: [a]\n", "p.yaml:7:13: text_field: expected text, found a list"),
    ("languages: /no/such/directory\n", "/no/such/directory: cannot be read as the directory of language files"),
    ("? [a]\n: b\n", "p.yaml:7:3: expected a key, found a list"),
  ])
  func aTopLevelFaultIsReportedAtItsPlace(top: String, expected: String) {
    #expect(Support.faults(Support.file(top: top)) == [expected])
  }

  @Test func columnsCountScalarsNotBytes() {
    #expect(
      Support.faults(Support.file(steps: "  - train_tokenizer: {pre_tokenizer: \"…。\", x: 1}\n")).first?
        .hasPrefix("p.yaml:6:44: unknown key \"x\" in train_tokenizer; ") == true)
  }

  @Test func allFaultsAreReportedTogetherInTheOrderOfTheFile() {
    let yaml = """
      name: [a]
      input: data.jsonl
      procss: []
      workers: -1
      process:
        - filter: {presett: roots}
        - normalize: {form: 3}
        - bogus: {}
      """
    #expect(
      Support.faults(yaml) == [
        "p.yaml:1:1: required key output is missing",
        "p.yaml:1:7: name: expected text, found a list",
        "p.yaml:2:8: input: expected a list such as `- paths: [\"data/*.jsonl\"]`, found the text \"data.jsonl\"",
        "p.yaml:3:1: unknown key \"procss\", did you mean process?",
        "p.yaml:4:10: workers: expected a whole number from 1 to 4,096, found the number -1",
        "p.yaml:6:14: unknown key \"presett\" in filter, did you mean preset?",
        "p.yaml:7:5: step normalize must stand before filter; the order is normalize, identify_language, filter, "
          + "decontaminate, redact, deduplicate_exact, deduplicate_url, deduplicate_near, deduplicate_lines, train_tokenizer, encode, report",
        "p.yaml:7:23: form: expected nfc, nfkc or none, found the number 3",
        "p.yaml:8:5: unknown step \"bogus\"; the steps are normalize, identify_language, filter, decontaminate, redact, "
          + "deduplicate_exact, deduplicate_url, deduplicate_near, deduplicate_lines, train_tokenizer, encode, report",
      ])
  }

  @Test func inputEntriesAreChecked() {
    let yaml = """
      name: t
      input:
        - path: [a]
        - paths: [b]
          sorce: c
        - d
      output: o
      process: [report]
      """
    #expect(
      Support.faults(yaml) == [
        "p.yaml:3:5: input: required key paths is missing",
        "p.yaml:3:5: unknown key \"path\" in input, did you mean paths?",
        "p.yaml:5:5: unknown key \"sorce\" in input, did you mean source?",
        "p.yaml:6:5: input: expected a mapping of keys to values, found the text \"d\"",
        "p.yaml:6:5: input: required key paths is missing",
      ])
  }

  @Test func anEmptyFileLacksEverythingRequired() {
    for yaml in ["", "# nothing\n", "{}"] {
      #expect(
        Support.faults(yaml)
          == ["name", "input", "output", "process"].map { "p.yaml:1:1: required key \($0) is missing" })
    }
  }

  @Test func aFloodOfFaultsIsCut() {
    let faults = Support.faults(Support.file(top: (0..<50_000).map { "k\($0): 1\n" }.joined()))
    #expect(faults.count == 101)
    #expect(faults.last == "p.yaml: there may be more faults; these are 100")
  }
}
