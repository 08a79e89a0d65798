// Which writing system a sample is in: decides which languages are asked about at all.
import CKernels

/// A writing system of the 46 languages. The raw value is the number in a model file.
public enum ModelScript: UInt8, Sendable, CaseIterable {
  case latin = 0, devanagari, bengali, arabic, gurmukhi, gujarati, odia, tamil, telugu, kannada, malayalam, han

  /// The script that `LanguageFacts.script` names, or nil.
  public init?(name: String) {
    let names = [
      "Latin", "Devanagari", "Bengali", "Arabic", "Gurmukhi", "Gujarati", "Odia", "Tamil", "Telugu", "Kannada",
      "Malayalam", "Han",
    ]
    guard let index = names.firstIndex(of: name) else { return nil }
    self = ModelScript.allCases[index]
  }
}

/// Counts letters by script. A Han letter counts three times: it says as much as a short word.
struct ScriptHistogram {
  /// Letters by `ModelScript.rawValue`; the slot behind those counts letters of every other script.
  var letters = [UInt32](repeating: 0, count: xylem_language_scripts)

  /// Share of all letters from which a script that is not Latin wins: names, markup and code are Latin in any text.
  static let share = 0.3

  /// The slot of letters of every other script.
  static let other = ModelScript.allCases.count

  /// The script to ask about; nil when there is no letter, or most are of a script that no model knows. Kana beside Han
  /// is Japanese, so from a tenth of the letters on it is one of those.
  var script: ModelScript? {
    func weight(_ script: ModelScript) -> Int { Int(letters[Int(script.rawValue)]) * (script == .han ? 3 : 1) }
    let other = Int(letters[Self.other])
    let han = weight(.han)
    let total = letters.reduce(0) { $0 + Int($1) } + han / 3 * 2
    guard total > 0 else { return nil }
    if Double(other) >= (han > 0 ? 0.1 : Self.share) * Double(total) { return nil }
    var best: ModelScript?
    for script in ModelScript.allCases.dropFirst() {
      let count = weight(script)
      if Double(count) >= Self.share * Double(total), count > best.map(weight) ?? 0 { best = script }
    }
    return best ?? (letters[0] > 0 ? .latin : nil)
  }

  /// Blocks of Unicode 15 (Blocks.txt). Invariant of the caller: `character` is a letter.
  static func slot(_ character: UInt32) -> Int {
    switch character {
    case 0..<0x370, 0x1E00..<0x1F00, 0x2C60..<0x2C80, 0xA720..<0xA800, 0xAB30..<0xAB70, 0xFF21..<0xFF5B:
      return Int(ModelScript.latin.rawValue)
    case 0x600..<0x700, 0x750..<0x780, 0x8A0..<0x900, 0xFB50..<0xFE00, 0xFE70..<0xFEFF:
      return Int(ModelScript.arabic.rawValue)
    case 0x900..<0x980, 0xA8E0..<0xA900: return Int(ModelScript.devanagari.rawValue)
    case 0x980..<0xA00: return Int(ModelScript.bengali.rawValue)
    case 0xA00..<0xA80: return Int(ModelScript.gurmukhi.rawValue)
    case 0xA80..<0xB00: return Int(ModelScript.gujarati.rawValue)
    case 0xB00..<0xB80: return Int(ModelScript.odia.rawValue)
    case 0xB80..<0xC00: return Int(ModelScript.tamil.rawValue)
    case 0xC00..<0xC80: return Int(ModelScript.telugu.rawValue)
    case 0xC80..<0xD00: return Int(ModelScript.kannada.rawValue)
    case 0xD00..<0xD80: return Int(ModelScript.malayalam.rawValue)
    case 0x3400..<0x4DC0, 0x4E00..<0xA000, 0xF900..<0xFB00, 0x20000..<0x32000: return Int(ModelScript.han.rawValue)
    default: return other
    }
  }
}
