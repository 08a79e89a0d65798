// What Hugging Face's `Digits` takes for a digit: `char::is_numeric` of the Rust that tokenizers 0.23.3 was built with,
// newer than any regular-expression library's \p{N}. Made by `Tests/Parity/word_characters.py numeric`, which asks about
// each code point.

enum NumericCharacters {
  /// A class of all of them, in the syntax that Oniguruma and PCRE2 share.
  static let pattern = "[" + ranges + "]"

  private static let ranges =
    #"\x{30}-\x{39}\x{B2}-\x{B3}\x{B9}\x{BC}-\x{BE}\x{660}-\x{669}\x{6F0}-\x{6F9}\x{7C0}-\x{7C9}"#
    + #"\x{966}-\x{96F}\x{9E6}-\x{9EF}\x{9F4}-\x{9F9}\x{A66}-\x{A6F}\x{AE6}-\x{AEF}\x{B66}-\x{B6F}"#
    + #"\x{B72}-\x{B77}\x{BE6}-\x{BF2}\x{C66}-\x{C6F}\x{C78}-\x{C7E}\x{CE6}-\x{CEF}\x{D58}-\x{D5E}"#
    + #"\x{D66}-\x{D78}\x{DE6}-\x{DEF}\x{E50}-\x{E59}\x{ED0}-\x{ED9}\x{F20}-\x{F33}\x{1040}-\x{1049}"#
    + #"\x{1090}-\x{1099}\x{1369}-\x{137C}\x{16EE}-\x{16F0}\x{17E0}-\x{17E9}\x{17F0}-\x{17F9}"#
    + #"\x{1810}-\x{1819}\x{1946}-\x{194F}\x{19D0}-\x{19DA}\x{1A80}-\x{1A89}\x{1A90}-\x{1A99}"#
    + #"\x{1B50}-\x{1B59}\x{1BB0}-\x{1BB9}\x{1C40}-\x{1C49}\x{1C50}-\x{1C59}\x{2070}\x{2074}-\x{2079}"#
    + #"\x{2080}-\x{2089}\x{2150}-\x{2182}\x{2185}-\x{2189}\x{2460}-\x{249B}\x{24EA}-\x{24FF}"#
    + #"\x{2776}-\x{2793}\x{2CFD}\x{3007}\x{3021}-\x{3029}\x{3038}-\x{303A}\x{3192}-\x{3195}"#
    + #"\x{3220}-\x{3229}\x{3248}-\x{324F}\x{3251}-\x{325F}\x{3280}-\x{3289}\x{32B1}-\x{32BF}"#
    + #"\x{A620}-\x{A629}\x{A6E6}-\x{A6EF}\x{A830}-\x{A835}\x{A8D0}-\x{A8D9}\x{A900}-\x{A909}"#
    + #"\x{A9D0}-\x{A9D9}\x{A9F0}-\x{A9F9}\x{AA50}-\x{AA59}\x{ABF0}-\x{ABF9}\x{FF10}-\x{FF19}"#
    + #"\x{10107}-\x{10133}\x{10140}-\x{10178}\x{1018A}-\x{1018B}\x{102E1}-\x{102FB}\x{10320}-\x{10323}"#
    + #"\x{10341}\x{1034A}\x{103D1}-\x{103D5}\x{104A0}-\x{104A9}\x{10858}-\x{1085F}\x{10879}-\x{1087F}"#
    + #"\x{108A7}-\x{108AF}\x{108FB}-\x{108FF}\x{10916}-\x{1091B}\x{109BC}-\x{109BD}\x{109C0}-\x{109CF}"#
    + #"\x{109D2}-\x{109FF}\x{10A40}-\x{10A48}\x{10A7D}-\x{10A7E}\x{10A9D}-\x{10A9F}\x{10AEB}-\x{10AEF}"#
    + #"\x{10B58}-\x{10B5F}\x{10B78}-\x{10B7F}\x{10BA9}-\x{10BAF}\x{10CFA}-\x{10CFF}\x{10D30}-\x{10D39}"#
    + #"\x{10D40}-\x{10D49}\x{10E60}-\x{10E7E}\x{10F1D}-\x{10F26}\x{10F51}-\x{10F54}\x{10FC5}-\x{10FCB}"#
    + #"\x{11052}-\x{1106F}\x{110F0}-\x{110F9}\x{11136}-\x{1113F}\x{111D0}-\x{111D9}\x{111E1}-\x{111F4}"#
    + #"\x{112F0}-\x{112F9}\x{11450}-\x{11459}\x{114D0}-\x{114D9}\x{11650}-\x{11659}\x{116C0}-\x{116C9}"#
    + #"\x{116D0}-\x{116E3}\x{11730}-\x{1173B}\x{118E0}-\x{118F2}\x{11950}-\x{11959}\x{11BF0}-\x{11BF9}"#
    + #"\x{11C50}-\x{11C6C}\x{11D50}-\x{11D59}\x{11DA0}-\x{11DA9}\x{11DE0}-\x{11DE9}\x{11F50}-\x{11F59}"#
    + #"\x{11FC0}-\x{11FD4}\x{12400}-\x{1246E}\x{16130}-\x{16139}\x{16A60}-\x{16A69}\x{16AC0}-\x{16AC9}"#
    + #"\x{16B50}-\x{16B59}\x{16B5B}-\x{16B61}\x{16D70}-\x{16D79}\x{16E80}-\x{16E96}\x{16FF4}-\x{16FF6}"#
    + #"\x{1CCF0}-\x{1CCF9}\x{1D2C0}-\x{1D2D3}\x{1D2E0}-\x{1D2F3}\x{1D360}-\x{1D378}\x{1D7CE}-\x{1D7FF}"#
    + #"\x{1E140}-\x{1E149}\x{1E2F0}-\x{1E2F9}\x{1E4F0}-\x{1E4F9}\x{1E5F1}-\x{1E5FA}\x{1E8C7}-\x{1E8CF}"#
    + #"\x{1E950}-\x{1E959}\x{1EC71}-\x{1ECAB}\x{1ECAD}-\x{1ECAF}\x{1ECB1}-\x{1ECB4}\x{1ED01}-\x{1ED2D}"#
    + #"\x{1ED2F}-\x{1ED3D}\x{1F100}-\x{1F10C}\x{1FBF0}-\x{1FBF9}"#
}
