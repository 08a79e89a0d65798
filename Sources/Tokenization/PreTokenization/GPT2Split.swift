// GPT-2's split, the first alternative that matches:
// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
import CKernels

enum GPT2Split {
  /// Writes the ends of pieces: see `MaskedSplit.scan`.
  @inline(__always)
  static func scan(
    _ text: UnsafePointer<UInt8>, _ count: Int, from: Int, to: Int, base: UInt32, _ ends: UnsafeMutablePointer<UInt32>
  ) -> Int {
    var classes = classes
    return MaskedSplit.scan(text, count, from: from, to: to, base: base, ends) { at, words, wordCount in
      xylem_gpt2_boundaries(&classes, text, count, at, words, wordCount)
    }
  }

  /// The bits of every code point, in the pages of `CharacterKindTable`. Never freed: one table a process.
  nonisolated(unsafe) static let classes: xylem_gpt2_classes = {
    let table = CharacterKindTable.shared
    let bitOfKind = CharacterKind.allCases.map { kind in
      UInt8(
        kind.isLetter
          ? xylem_gpt2_letter : kind == .number ? xylem_gpt2_number : kind.isWhite ? xylem_gpt2_white : 0)
    }
    let bits = UnsafeMutablePointer<UInt8>.allocate(capacity: table.kindCount)
    // The table is made of kinds, whose raw values count from 0.
    for index in 0..<table.kindCount { (bits + index).initialize(to: bitOfKind[Int(table.classes.kinds[index])]) }
    return xylem_gpt2_classes(pages: table.classes.pages, bits: UnsafePointer(bits))
  }()
}
