// GPT-2's split, the first alternative that matches:
// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`

struct GPT2Split: SplitGrammar {
  static let automaton = SplitAutomaton(GPT2Split())

  // Digits come in runs of any length here; one state is enough for them.
  private static let digits = SplitState.oneDigit

  var cutsBehindLineEnds: Bool { false }

  func begin(_ kind: CharacterKind) -> SplitState {
    if kind.isWhite { return whiteStart(kind) }
    return kind == .apostrophe ? .apostrophe : run(kind)
  }

  func join(_ kind: CharacterKind, blank: Bool) -> SplitState? { blank ? run(kind) : nil }

  func step(_ state: SplitState, _ kind: CharacterKind) -> SplitStep {
    switch state {
    case .apostrophe:
      switch kind.contraction(ignoringCase: false) {
      case .complete: return SplitStep(next: .contraction)
      case .awaitsE: return SplitStep(next: .apostropheRV)
      case .awaitsL: return SplitStep(next: .apostropheL)
      case .none: return go(.signs, kind)
      }
    case .apostropheRV where kind == .lowerE, .apostropheL where kind == .lowerL:
      return SplitStep(next: .contraction)
    case .apostropheRV, .apostropheL: return go(.word, kind).with(.emitPrevious)
    case .contraction: return cut(kind)
    default: return go(state, kind)
    }
  }

  /// A run goes on or ends.
  private func go(_ state: SplitState, _ kind: CharacterKind) -> SplitStep {
    !kind.isWhite && kind != .end && run(kind) == state ? SplitStep(next: state) : cut(kind)
  }

  private func run(_ kind: CharacterKind) -> SplitState {
    kind.isLetter ? .word : kind == .number ? Self.digits : .signs
  }
}
