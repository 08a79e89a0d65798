// A published split as a finite automaton over kinds of characters. Greedy runs, `\s+(?!\S)` and contractions need no
// backtracking: at most three positions are ever undecided (a saved one, the character before, this one).
import CKernels

/// Where an automaton stands. States of all grammars are listed here, for they share those of white space.
enum SplitState: UInt8, CaseIterable {
  /// Nothing read yet.
  case start
  /// In a word; nothing but where it ends is open.
  case word
  /// One, two, three digits.
  case oneDigit, twoDigits, threeDigits
  /// One sign that begins a piece, so that it may yet belong to a word; signs; line ends behind signs.
  case oneSign, signs, signsAndLineEnds
  /// An apostrophe that begins a piece; with r or v; with l; a contraction, complete.
  case apostrophe, apostropheRV, apostropheL, contraction
  /// White space without a line end: one character or several, the last U+0020 or another.
  case blank, space, manyBlank, manySpace
  /// White space up to a line end, and what follows it, with the position behind the line end saved.
  case lineEnd, tailBlank, tailSpace, tailManyBlank, tailManySpace
  /// o200k: a word of upper-case letters; one that ends in an uncased letter or mark; upper case behind such a one (its
  /// position saved); a word that has had lower case.
  case upper, uncased, upperBehindUncased, lower
  /// o200k: an apostrophe behind a word (its position saved), with r, v, l of either case.
  case wordApostrophe, wordLowerRV, wordUpperRV, wordLowerL, wordUpperL
  /// DeepSeek: an ASCII sign with ASCII letters; characters no rule matches, one or several.
  case signedWord, oneOther, others
  /// DeepSeek: words, signs and others among Chinese characters and kana.
  case hanKanaWord, hanKanaSigns, hanKanaOther, hanKanaOthers

  /// For states of white space: whether its last character is U+0020, whether there are several behind the last line
  /// end, whether a line end came before.
  var white: (endsInBlank: Bool, isMany: Bool, hasTail: Bool)? {
    switch self {
    case .blank: (true, false, false)
    case .space: (false, false, false)
    case .manyBlank: (true, true, false)
    case .manySpace: (false, true, false)
    case .tailBlank: (true, false, true)
    case .tailSpace: (false, false, true)
    case .tailManyBlank: (true, true, true)
    case .tailManySpace: (false, true, true)
    default: nil
    }
  }
}

/// What reading a character does: positions found, and the state behind it.
struct SplitStep {
  struct Effects: OptionSet {
    var rawValue: UInt8
    static let emitSaved = Effects(rawValue: UInt8(xylem_split_emit_saved))
    static let emitPrevious = Effects(rawValue: UInt8(xylem_split_emit_previous))
    static let emitHere = Effects(rawValue: UInt8(xylem_split_emit_here))
    static let saveHere = Effects(rawValue: UInt8(xylem_split_save_here))
  }
  var next: SplitState
  var effects: Effects = []

  func with(_ more: Effects) -> SplitStep { SplitStep(next: next, effects: effects.union(more)) }
}

/// The rules of one split. Written plainly: an automaton asks each once for every state and kind.
protocol SplitGrammar {
  /// The state behind a character that begins a piece. White space is begun as `whiteStart` says.
  func begin(_ kind: CharacterKind) -> SplitState
  /// The state behind a character that takes along the white space before it, which is U+0020 or another character, but
  /// no line end; nil when it leaves it alone.
  func join(_ kind: CharacterKind, blank: Bool) -> SplitState?
  /// A step from a state that is not white space.
  func step(_ state: SplitState, _ kind: CharacterKind) -> SplitStep
  /// Whether what follows the last line end is cut off also where the text ends.
  var cutsTailAtEnd: Bool { get }
  /// Whether white space before this kind counts as the end of a text.
  func endsText(_ kind: CharacterKind) -> Bool
}

extension SplitGrammar {
  var cutsTailAtEnd: Bool { true }
  func endsText(_ kind: CharacterKind) -> Bool { kind == .end }

  /// A piece ends here and another begins.
  func cut(_ kind: CharacterKind) -> SplitStep {
    kind == .end ? SplitStep(next: .start) : SplitStep(next: begin(kind), effects: .emitHere)
  }

  func whiteStart(_ kind: CharacterKind) -> SplitState {
    kind == .lineEnd ? .lineEnd : kind == .blank ? .blank : .space
  }

  /// Any step.
  func transition(_ state: SplitState, _ kind: CharacterKind) -> SplitStep {
    if state == .start { return SplitStep(next: kind == .end ? .start : begin(kind)) }
    if state == .lineEnd {
      guard kind.isWhite, kind != .lineEnd else {
        return kind == .lineEnd ? SplitStep(next: .lineEnd) : cut(kind)
      }
      return SplitStep(next: kind == .blank ? .tailBlank : .tailSpace, effects: .saveHere)
    }
    guard let white = state.white else { return step(state, kind) }
    if kind.isWhite {
      if kind == .lineEnd { return SplitStep(next: .lineEnd) }
      if white.hasTail { return SplitStep(next: kind == .blank ? .tailManyBlank : .tailManySpace) }
      return SplitStep(next: kind == .blank ? .manyBlank : .manySpace)
    }
    let tail: SplitStep.Effects = white.hasTail ? .emitSaved : []
    if endsText(kind) { return cut(kind).with(cutsTailAtEnd ? tail : []) }
    // The last character of several stays behind; a single one behind a line end starts at the saved position.
    let last: SplitStep.Effects = white.isMany ? .emitPrevious : []
    if let joined = join(kind, blank: white.endsInBlank) { return SplitStep(next: joined, effects: tail.union(last)) }
    return cut(kind).with(tail.union(last))
  }
}

/// The tables of a grammar.
struct SplitAutomaton: @unchecked Sendable {
  // Written once before it is shared, never freed: one a published split and process.
  private let tables: UnsafePointer<xylem_split_automaton>
  private let endEffects: [SplitStep.Effects]

  init(_ grammar: some SplitGrammar) {
    let memory = UnsafeMutablePointer<xylem_split_automaton>.allocate(capacity: 1)
    memory.initialize(to: xylem_split_automaton())
    let width = Int(xylem_split_states)
    for kind in CharacterKind.allCases where kind != .end {
      for state in SplitState.allCases {
        let step = grammar.transition(state, kind)
        let at = Int(kind.rawValue) * width + Int(state.rawValue)
        withUnsafeMutableBytes(of: &memory.pointee.next) { $0[at] = step.next.rawValue }
        withUnsafeMutableBytes(of: &memory.pointee.flags) { $0[at] = step.effects.rawValue }
      }
    }
    tables = UnsafePointer(memory)
    endEffects = SplitState.allCases.map { grammar.transition($0, .end).effects }
  }

  /// Room that one call of `scan` may need beside one place a byte.
  static let slack = 8

  /// Writes the ends of pieces found in `from..<to` to `ends`, which has room for `to - from + slack`, as `base` plus
  /// position modulo 2^32; at the end of the text also those that were open and the end itself. Returns how many.
  /// `to` is `count`, or `from` plus a multiple of 64.
  @inline(__always)
  func scan(
    _ text: UnsafePointer<UInt8>, _ count: Int, from: Int, to: Int, base: UInt32,
    _ position: inout xylem_split_position, _ ends: UnsafeMutablePointer<UInt32>, portably: Bool = false
  ) -> Int {
    var classes = CharacterKindTable.shared.classes
    let run = portably ? xylem_split_scan_portable : xylem_split_scan
    var found = run(tables, &classes, text, count, from, to, base, &position, ends)
    guard to == count, count > 0 else { return found }
    let last = endEffects[Int(position.state)]
    if last.contains(.emitSaved) {
      ends[found] = base &+ UInt32(truncatingIfNeeded: position.saved)
      found += 1
    }
    if last.contains(.emitPrevious) {
      ends[found] = base &+ UInt32(truncatingIfNeeded: position.previous)
      found += 1
    }
    ends[found] = base &+ UInt32(truncatingIfNeeded: count)
    return found + 1
  }
}
