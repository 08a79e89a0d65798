// GPT-4's split (cl100k), which Llama 3 took over, and Qwen 2 with digits one by one. The first alternative that matches:
// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`

struct GPT4Split: SplitGrammar {
  static let cl100k = SplitAutomaton(GPT4Split(digits: 3, cutsTailAtEnd: true))
  static let qwen2 = SplitAutomaton(GPT4Split(digits: 1, cutsTailAtEnd: true))
  /// tiktoken's own spelling has `\s++$` before the alternative with line ends.
  static let tiktoken = SplitAutomaton(GPT4Split(digits: 3, cutsTailAtEnd: false))

  /// Digits in a piece, 1 or 3.
  let digits: Int
  let cutsTailAtEnd: Bool

  func begin(_ kind: CharacterKind) -> SplitState {
    if kind.isWhite { return whiteStart(kind) }
    if kind.isLetter { return .word }
    if kind == .number { return digits == 1 ? .threeDigits : .oneDigit }
    return kind == .apostrophe ? .apostrophe : .oneSign
  }

  func join(_ kind: CharacterKind, blank: Bool) -> SplitState? {
    if kind.isLetter { return .word }
    return blank && kind != .number ? .signs : nil
  }

  func step(_ state: SplitState, _ kind: CharacterKind) -> SplitStep {
    switch state {
    case .word: return kind.isLetter ? SplitStep(next: .word) : cut(kind)
    case .oneDigit where kind == .number: return SplitStep(next: .twoDigits)
    case .twoDigits where kind == .number: return SplitStep(next: .threeDigits)
    case .apostrophe:
      switch kind.contraction {
      case .complete: return SplitStep(next: .contraction)
      case .awaitsE: return SplitStep(next: .apostropheRV)
      case .awaitsL: return SplitStep(next: .apostropheL)
      case .none: return step(.oneSign, kind)
      }
    case .apostropheRV where kind == .lowerE || kind == .upperE: return SplitStep(next: .contraction)
    case .apostropheL where kind == .lowerL || kind == .upperL: return SplitStep(next: .contraction)
    // No contraction after all: the apostrophe is the one sign a word may begin with.
    case .apostropheRV, .apostropheL: return step(.word, kind)
    case .oneSign where kind.isLetter: return SplitStep(next: .word)
    case .oneSign, .signs:
      if kind == .lineEnd { return SplitStep(next: .signsAndLineEnds) }
      return kind.isLetter || kind == .number || kind.isWhite || kind == .end ? cut(kind) : SplitStep(next: .signs)
    case .signsAndLineEnds where kind == .lineEnd: return SplitStep(next: .signsAndLineEnds)
    default: return cut(kind)
    }
  }
}
