// What each character is to the language identifier, in the form its kernel reads (language_sample.h).
import CKernels

/// Immutable after `shared` was built (some milliseconds, 820 KB) and never freed, so any thread may read it.
struct LetterTable: @unchecked Sendable {
  static let shared = LetterTable()

  let entries: UnsafePointer<UInt32>

  private init() {
    let count = xylem_language_characters
    let entries = UnsafeMutablePointer<UInt32>.allocate(capacity: count)
    for character in 0..<UInt32(count) { entries.advanced(by: Int(character)).initialize(to: Self.entry(character)) }
    self.entries = UnsafePointer(entries)
  }

  private static func entry(_ character: UInt32) -> UInt32 {
    func kind(_ kind: UInt32) -> UInt32 { kind << UInt32(xylem_language_kind_shift) }
    switch character {
    case 0x200C, 0x200D, 0xAD: return kind(UInt32(xylem_language_skipped))
    case 0x27, 0x2019, 0x02BC: return kind(UInt32(xylem_language_apostrophe))
    default:
      let table = CharacterTable.shared
      guard table.properties(character) & CharacterTable.letter != 0 else { return kind(UInt32(xylem_language_break)) }
      return kind(UInt32(xylem_language_letter))
        | UInt32(ScriptHistogram.slot(character)) << UInt32(xylem_language_script_shift)
        | table.lowercased(character)
    }
  }
}
