// DeepSeek-V3's split in three steps, each inside the pieces of the one before: digits by threes; runs of Chinese
// characters and kana; then the first alternative that matches of
// `[ASCII sign][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
// where what lies between two matches is a piece as well. One automaton does the three: where a step before has cut,
// the text counts as over.

struct DeepSeekSplit: SplitGrammar {
  static let automaton = SplitAutomaton(DeepSeekSplit())

  func endsText(_ kind: CharacterKind) -> Bool { kind == .end || kind == .number || kind.isHanKana }

  func begin(_ kind: CharacterKind) -> SplitState {
    switch kind {
    case .space, .blank, .lineEnd: whiteStart(kind)
    case .number: .oneDigit
    case .hanKana, .hanKanaMark: .hanKanaWord
    case .hanKanaSign: .hanKanaSigns
    case .hanKanaOther: .hanKanaOther
    default: kind.isASCIISign ? .oneSign : kind.isSign ? .signs : kind.isLetter || kind.isMark ? .word : .oneOther
    }
  }

  func join(_ kind: CharacterKind, blank: Bool) -> SplitState? {
    kind.isLetter || kind.isMark ? .word : blank && kind.isSign ? .signs : nil
  }

  func step(_ state: SplitState, _ kind: CharacterKind) -> SplitStep {
    let isWord = (kind.isLetter || kind.isMark) && !kind.isHanKana
    let isSign = kind.isSign && !kind.isHanKana
    switch state {
    case .word where isWord: return SplitStep(next: .word)
    case .oneDigit where kind == .number: return SplitStep(next: .twoDigits)
    case .twoDigits where kind == .number: return SplitStep(next: .threeDigits)
    case .oneSign where kind.isASCIILetter, .signedWord where kind.isASCIILetter: return SplitStep(next: .signedWord)
    case .oneSign where isSign, .signs where isSign: return SplitStep(next: .signs)
    case .oneSign where kind == .lineEnd, .signs where kind == .lineEnd, .signsAndLineEnds where kind == .lineEnd:
      return SplitStep(next: .signsAndLineEnds)
    // A character that no rule matches alone may still be the one before a word.
    case .oneOther where isWord: return SplitStep(next: .word)
    case .others where isWord: return SplitStep(next: .word, effects: .emitPrevious)
    case .oneOther where kind == .other, .others where kind == .other: return SplitStep(next: .others)
    case .hanKanaWord where kind == .hanKana || kind == .hanKanaMark: return SplitStep(next: .hanKanaWord)
    case .hanKanaSigns where kind == .hanKanaSign: return SplitStep(next: .hanKanaSigns)
    case .hanKanaOther where kind == .hanKana || kind == .hanKanaMark: return SplitStep(next: .hanKanaWord)
    case .hanKanaOthers where kind == .hanKana || kind == .hanKanaMark:
      return SplitStep(next: .hanKanaWord, effects: .emitPrevious)
    case .hanKanaOther where kind == .hanKanaOther, .hanKanaOthers where kind == .hanKanaOther:
      return SplitStep(next: .hanKanaOthers)
    default: return cut(kind)
    }
  }
}
