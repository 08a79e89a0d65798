// `xylem tokenizer split`: the pieces a pre-tokenizer makes of some text, for eyes and for comparisons.
import CorpusCore
import CorpusIO
import Tokenization

/// Cuts every document of the input and hands over lines, one JSON array of pieces a document, in order of the input, as
/// blocks of whole lines. Throws what reading throws, and `TokenizationFailure` where a regular expression gives up.
public func splitTexts(
  _ pass: InputPass, kind: PreTokenizerKind, observer: any RunObserver,
  write: @escaping @Sendable ([UInt8]) throws -> Void
) throws {
  _ = try pass.run(stage: "split", observer: observer) { sources, reader in
    let preTokenizer = PreTokenizer(kind: kind)
    var lines: [UInt8] = []
    try reader.forEachBatch(sources) { batch in
      for document in batch.documents {
        var separator = UInt8(ascii: "[")
        preTokenizer.forEachPiece(batch.bytes.span.extracting(document.text)) { piece in
          lines.append(separator)
          appendJSONString(UnsafeRawBufferPointer(piece), to: &lines)
          separator = UInt8(ascii: ",")
        }
        if separator == UInt8(ascii: "[") { lines.append(separator) }
        lines += [UInt8(ascii: "]"), UInt8(ascii: "\n")]
      }
      try preTokenizer.checkFailures()
    }
    return lines
  } commit: { lines in
    try write(lines)
  }
}
