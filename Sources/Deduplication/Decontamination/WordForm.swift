// A text as its words alone: case-folded runs of letters, digits and marks, each character of a script without spaces a
// word, one space between them. Two texts share an n-gram of words when their forms share the bytes.
import CTextShim
import CorpusCore

/// Turns texts into words. Reuse one: it keeps its buffers.
public struct WordForm: Sendable {
  private let characters = CharacterTable()
  /// The words with a space behind each.
  public private(set) var bytes: [UInt8] = []
  /// Where each word begins in `bytes`, and at the end `bytes.count`.
  public private(set) var starts: [Int] = [0]
  private var normalized: [UInt8] = []

  public init() {}

  public var wordCount: Int { starts.count - 1 }

  /// The bytes of `count` words from `first`, with the spaces between them and the one behind the last.
  @inline(__always)
  public func range(first: Int, count: Int) -> Range<Int> { starts[first]..<starts[first + count] }

  /// Takes the words of `text`, UTF-8, brought to NFC first. O(n).
  public mutating func read(_ text: UnsafeBufferPointer<UInt8>) {
    bytes.removeAll(keepingCapacity: true)
    starts.removeAll(keepingCapacity: true)
    starts.append(0)
    if let base = text.baseAddress, needsNormalization(text), normalize(base, text.count) {
      var composed: [UInt8] = []
      swap(&composed, &normalized)
      composed.withUnsafeBufferPointer { collect($0) }
      swap(&composed, &normalized)
    } else {
      collect(text)
    }
  }

  private func needsNormalization(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    // All characters below U+0300 are in NFC; their bytes are below 0xCC.
    text.contains { $0 >= 0xCC }
      && text_is_normalized(Int32(TEXT_FORM_NFC), text.baseAddress, text.count) == 0
  }

  /// False when ICU cannot (more than 2 GB): the text is then taken as it is.
  private mutating func normalize(_ text: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    var capacity = count + count / 2 + 64
    for _ in 0..<2 {
      var length = 0
      normalized = [UInt8](unsafeUninitializedCapacity: capacity) { target, filled in
        length = text_normalize(Int32(TEXT_FORM_NFC), text, count, target.baseAddress, capacity)
        filled = max(0, min(length, capacity))
      }
      if length <= capacity { return length >= 0 }
      capacity = length
    }
    return false
  }

  private mutating func collect(_ text: UnsafeBufferPointer<UInt8>) {
    let table = characters
    var output: [UInt8] = []
    var words: [Int] = []
    swap(&output, &bytes)
    swap(&words, &starts)
    defer {
      swap(&output, &bytes)
      swap(&words, &starts)
    }
    let none = UInt32(xylem_dedup_break)
    let letter = UInt32(xylem_dedup_letter)
    let mark = UInt32(xylem_dedup_mark)
    let single = UInt32(xylem_dedup_single)
    var open = none
    var position = 0
    func close() {
      guard open != none else { return }
      output.append(0x20)
      words.append(output.count)
      open = none
    }
    while position < text.count {
      let start = position
      let scalar = nextScalar(text, &position)
      let entry = table.entry(scalar)
      let kind = CharacterTable.wordClass(entry)
      // As in `Shingler`: a mark goes on with whatever word is open and opens none; a letter goes on with letters only.
      if kind == mark {
        if open == none { continue }
      } else if kind != letter || open == single {
        close()
      }
      if kind == none { continue }
      if open == none { open = kind }
      if CharacterTable.expands(entry) {
        for part in table.expansion(entry) { append(part, to: &output) }
      } else if CharacterTable.value(entry) == scalar {
        for i in start..<position { output.append(text[i]) }
      } else {
        append(CharacterTable.value(entry), to: &output)
      }
    }
    close()
  }

  private func append(_ value: UInt32, to output: inout [UInt8]) {
    guard let scalar = Unicode.Scalar(value) else { return }
    output.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
  }
}
