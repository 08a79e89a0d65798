// Text from a corpus on its way into a page: never markup, never able to turn the text around it, never unbounded.
// swift-mustache 2.1.1 escapes by grapheme cluster, so a quote that carries a combining mark passes it unescaped; the
// template therefore names this content type, which looks at single scalars.

import Mustache

/// HTML escaping by Unicode scalar, for element contents and for quoted attributes.
struct HTMLText: MustacheContentType {
  /// The name that the template's CONTENT_TYPE pragma uses.
  static let name = "XYLEM_HTML"

  func escapeText(_ text: String) -> String { Self.escaped(text) }

  /// `text` with the five characters of HTML escaped, controls made visible and directional overrides spelt out.
  static func escaped(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count + text.utf8.count / 8)
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x26: result += "&amp;"
      case 0x3C: result += "&lt;"
      case 0x3E: result += "&gt;"
      case 0x22: result += "&quot;"
      case 0x27: result += "&#39;"
      case 0x09, 0x0A: result.unicodeScalars.append(scalar)
      // Controls are drawn as their pictures (U+2400...): HTML forbids most of them, and a reader wants to see them.
      case 0x00...0x1F: result.unicodeScalars.append(picture(of: scalar.value))
      case 0x7F: result.unicodeScalars.append("\u{2421}")
      case 0x80...0x9F, 0xFDD0...0xFDEF: result.unicodeScalars.append("\u{FFFD}")
      // Embeddings, overrides and isolates could turn the words after them; joiners and marks are part of spelling.
      case 0x202A...0x202E, 0x2066...0x2069:
        result += "[U+" + String(scalar.value, radix: 16, uppercase: true) + "]"
      default:
        result.unicodeScalars.append(scalar.value & 0xFFFE == 0xFFFE ? "\u{FFFD}" : scalar)
      }
    }
    return result
  }

  private static func picture(of control: UInt32) -> Unicode.Scalar { Unicode.Scalar(0x2400 + control) ?? "\u{FFFD}" }

  /// The first `limit` scalars and an ellipsis. Scalars, not characters: one character may carry any number of marks.
  static func clipped(_ text: String, to limit: Int) -> String {
    let scalars = text.unicodeScalars
    guard let end = scalars.index(scalars.startIndex, offsetBy: limit, limitedBy: scalars.endIndex),
      end != scalars.endIndex
    else { return text }
    return String(scalars[..<end]) + "…"
  }
}
