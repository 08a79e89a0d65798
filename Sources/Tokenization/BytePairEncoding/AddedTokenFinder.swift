// Finding added tokens such as `</s>` in raw text: leftmost first, the longest of those that begin at one place.

/// The added tokens of one pass, by first byte.
struct AddedTokenFinder: Sendable {
  private struct Candidate {
    var content: [UInt8]
    var token: AddedToken
  }
  // By first byte; longest content first.
  private let candidates: [[Candidate]]
  private let isFirstByte: [Bool]
  let isEmpty: Bool

  init(_ tokens: [AddedToken]) {
    var byFirst = [[Candidate]](repeating: [], count: 256)
    for token in tokens {
      let content = Array(token.content.utf8)
      guard let first = content.first else { continue }
      byFirst[Int(first)].append(Candidate(content: content, token: token))
    }
    for first in 0..<256 { byFirst[first].sort { $0.content.count > $1.content.count } }
    candidates = byFirst
    isFirstByte = byFirst.map { !$0.isEmpty }
    isEmpty = tokens.isEmpty
  }

  /// The first token in `text` at or after `start`.
  func next(
    in text: UnsafeBufferPointer<UInt8>, from start: Int
  ) -> (range: Range<Int>, token: AddedToken)? {
    isFirstByte.withUnsafeBufferPointer { isFirstByte in
      var at = start
      while at < text.count {
        if isFirstByte[Int(text[at])] {
          for candidate in candidates[Int(text[at])] where matches(candidate.content, text, at) {
            return (at..<at + candidate.content.count, candidate.token)
          }
        }
        at += 1
      }
      return nil
    }
  }

  private func matches(_ content: [UInt8], _ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> Bool {
    guard text.count - at >= content.count else { return false }
    for i in 0..<content.count where text[at + i] != content[i] { return false }
    return true
  }
}
