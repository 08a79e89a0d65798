// GPT-4o's split (o200k): as GPT-4's, but a word ends where lower case turns to upper case, contractions belong to their
// word, marks belong to words, and slashes to the line ends behind signs. With U = [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}] and
// V = [\p{Ll}\p{Lm}\p{Lo}\p{M}] its words are `[^\r\n\p{L}\p{N}]?U*V+` or else `[^\r\n\p{L}\p{N}]?U+V*`.

struct GPT4oSplit: SplitGrammar {
  static let automaton = SplitAutomaton(GPT4oSplit())

  func begin(_ kind: CharacterKind) -> SplitState {
    if kind.isWhite { return whiteStart(kind) }
    return word(kind) ?? (kind == .number ? .oneDigit : .oneSign)
  }

  func join(_ kind: CharacterKind, blank: Bool) -> SplitState? {
    word(kind) ?? (blank && kind != .number ? .signs : nil)
  }

  /// The state behind the first letter or mark of a word.
  private func word(_ kind: CharacterKind) -> SplitState? {
    if kind.isUpper { return .upper }
    if kind.isLower { return .lower }
    return kind.isLetter || kind.isMark ? .uncased : nil
  }

  func step(_ state: SplitState, _ kind: CharacterKind) -> SplitStep {
    switch state {
    case .upper, .uncased, .upperBehindUncased, .lower: return inWord(state, kind)
    case .oneDigit where kind == .number: return SplitStep(next: .twoDigits)
    case .twoDigits where kind == .number: return SplitStep(next: .threeDigits)
    case .wordApostrophe: return behindApostrophe(kind)
    case .wordLowerRV, .wordUpperRV:
      if kind == .lowerE || kind == .upperE { return SplitStep(next: .contraction) }
      return inWord(state == .wordLowerRV ? .lower : .upper, kind).with(.emitSaved)
    case .wordLowerL, .wordUpperL:
      if kind == .lowerL || kind == .upperL { return SplitStep(next: .contraction) }
      return inWord(state == .wordLowerL ? .lower : .upper, kind).with(.emitSaved)
    case .oneSign:
      if let word = word(kind) { return SplitStep(next: word) }
      return step(.signs, kind)
    case .signs:
      if kind == .lineEnd { return SplitStep(next: .signsAndLineEnds) }
      let ends = kind.isLetter || kind == .number || kind.isWhite || kind == .end
      return ends ? cut(kind) : SplitStep(next: .signs)
    case .signsAndLineEnds where kind == .lineEnd || kind == .slash: return SplitStep(next: .signsAndLineEnds)
    default: return cut(kind)
    }
  }

  /// U* is greedy, but gives back what V+ needs: without lower case behind them, upper-case letters at the end stay out
  /// of a word whose last uncased character they follow.
  private func inWord(_ state: SplitState, _ kind: CharacterKind) -> SplitStep {
    if let next = word(kind) {
      switch (state, next) {
      case (.lower, .upper): return SplitStep(next: .upper, effects: .emitHere)
      case (.lower, _): return SplitStep(next: .lower)
      case (.uncased, .upper): return SplitStep(next: .upperBehindUncased, effects: .saveHere)
      case (.upperBehindUncased, .upper): return SplitStep(next: .upperBehindUncased)
      default: return SplitStep(next: next)
      }
    }
    let saved: SplitStep.Effects = state == .upperBehindUncased ? .emitSaved : []
    if kind == .apostrophe { return SplitStep(next: .wordApostrophe, effects: saved.union(.saveHere)) }
    return cut(kind).with(saved)
  }

  /// Where no contraction follows, the apostrophe begins a piece like any sign.
  private func behindApostrophe(_ kind: CharacterKind) -> SplitStep {
    switch kind.contraction {
    case .complete: SplitStep(next: .contraction)
    case .awaitsE: SplitStep(next: kind.isLower ? .wordLowerRV : .wordUpperRV)
    case .awaitsL: SplitStep(next: kind.isLower ? .wordLowerL : .wordUpperL)
    case .none: step(.oneSign, kind).with(.emitSaved)
    }
  }
}
