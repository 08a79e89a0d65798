// Fertility for a person at a terminal.

extension FertilityComparison {
  /// Tables of at most `width` characters, as far as single columns allow it, with what their numbers mean.
  public func text(order: FertilityOrder, width: Int) -> String {
    let rows = ordered(by: order)
    guard !rows.isEmpty else { return "no documents" }
    // A total of one language is that language.
    let shown = rows + (rows.count > 1 ? [(language: "all", row: total)] : [])
    var groups = [
      FertilityGroup("", "docs", shown.map { Quantity.count($0.row.documents) }),
      FertilityGroup("", "words", shown.map { Quantity.count($0.row.words) }),
    ]
    groups += tokenizers.count == 1 ? columnsOfOne(shown.map(\.row)) : columnsOfSeveral(shown.map(\.row))
    let tables = fertilityTables(names: ("language", shown.map(\.language)), groups: groups, width: width)
    return ([tables] + legend(order)).joined(separator: "\n\n")
  }

  private func columnsOfOne(_ rows: [Row]) -> [FertilityGroup] {
    func cells(_ text: (Measure) -> String) -> [String] { rows.map { $0.tokenizers.first.map(text) ?? "-" } }
    return [
      FertilityGroup("", "tokens", cells { Quantity.count($0.tokens) }),
      FertilityGroup("tokens", "/word", cells { FertilityNumber.decimal($0.tokensPerWord, 3) }),
      FertilityGroup("bytes", "/token", cells { FertilityNumber.decimal($0.bytesPerToken, 2) }),
      FertilityGroup("chars", "/token", cells { FertilityNumber.decimal($0.charactersPerToken, 2) }),
      FertilityGroup("whole", "words", cells { FertilityNumber.percent($0.wholeWordShare) }),
      FertilityGroup("1-byte", "tokens", cells { FertilityNumber.percent($0.singleByteShare) }),
    ]
  }

  private func columnsOfSeveral(_ rows: [Row]) -> [FertilityGroup] {
    func columns(_ text: (Measure) -> String) -> [(header: String, cells: [String])] {
      tokenizers.indices.map { number in (Self.letter(number), rows.map { text($0.tokenizers[number]) }) }
    }
    var main = columns { FertilityNumber.decimal($0.tokensPerWord, 3) }
    let differences = columns { FertilityNumber.difference($0.differencePercent) }
    for number in tokenizers.indices.dropFirst().reversed() {
      main.insert(("to A", differences[number].cells), at: number + 1)
    }
    return [
      FertilityGroup("tokens/word", main),
      FertilityGroup("bytes/token", columns { FertilityNumber.decimal($0.bytesPerToken, 2) }),
      FertilityGroup("chars/token", columns { FertilityNumber.decimal($0.charactersPerToken, 2) }),
      FertilityGroup("whole words", columns { FertilityNumber.percent($0.wholeWordShare) }),
      FertilityGroup("1-byte tokens", columns { FertilityNumber.percent($0.singleByteShare) }),
      FertilityGroup("tokens", columns { Quantity.count($0.tokens) }),
    ]
  }

  private func legend(_ order: FertilityOrder) -> [String] {
    let nameWidth = tokenizers.map(\.name.count).max() ?? 0
    let lines = tokenizers.enumerated().map { number, tokenizer in
      let letter = tokenizers.count > 1 ? Self.letter(number) + "  " : ""
      let name = tokenizer.name + String(repeating: " ", count: nameWidth - tokenizer.name.count)
      return "\(letter)\(name)  \(Quantity.count(tokenizer.vocabularySize)) entries, "
        + "split \(splitName(tokenizer.preTokenizer))"
    }
    var notes = [
      wrapped(fertilityWordRule + " Whole words: their letters and digits lie in one token.", width: 80)
    ]
    switch (order, tokenizers.count) {
    case (.worst, 1): notes.append("Most tokens a word first.")
    case (.worst, _): notes.append("To A: how many more tokens than A takes; the largest difference comes first.")
    case (.name, 1): break
    case (.name, _): notes.append("To A: how many more tokens than A takes.")
    }
    return [lines.joined(separator: "\n"), notes.joined(separator: "\n")]
  }

  /// A to Z, then numbers.
  static func letter(_ number: Int) -> String {
    number < 26 ? String(UnicodeScalar(UInt8(65 + number))) : String(number + 1)
  }
}

/// The name of a published split; an expression is only called one, it may be long.
func splitName(_ name: String) -> String {
  name.utf8.count <= 12 ? name : "by expression"
}
