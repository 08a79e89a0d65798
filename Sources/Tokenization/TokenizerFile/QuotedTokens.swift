// The tokens of a trained model as a tokenizer.json writes them: each is written twice and more, so it is quoted once.

/// Token strings in quotation marks, escaped, back to back by id: special tokens as they are, others in the byte alphabet.
/// O(bytes); about 2 bytes a byte of the tokens.
struct QuotedTokens: ~Copyable {
  private var text: RawArray<UInt8>
  private var ends: RawArray<Int>

  var count: Int { ends.count }
  var byteCount: Int { text.count }

  init(_ model: TrainedModel) {
    // What a byte is written as: at most three bytes of a word, and how many.
    let written = (0..<256).map { byte in
      var quoted: [UInt8] = []
      TokenizerFile.appendQuoted(ByteAlphabet.spell(CollectionOfOne(UInt8(byte))), to: &quoted)
      let inner = quoted.dropFirst().dropLast()
      return (word: inner.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }, length: inner.count)
    }
    text = RawArray(capacity: model.vocabulary.count * 16 + 16)
    ends = RawArray(capacity: model.vocabulary.count)
    for (id, bytes) in model.vocabulary.enumerated() {
      if id < model.specialTokens.count {
        var quoted: [UInt8] = []
        TokenizerFile.appendQuoted(bytes, to: &quoted)
        quoted.withUnsafeBufferPointer { quoted in
          if let base = quoted.baseAddress { text.append(from: base, count: quoted.count) }
        }
      } else {
        text.append(UInt8(ascii: "\""))
        // A word is written whole; the bytes beyond its length are written over.
        text.append(room: bytes.count * 3 + 4) { target in
          let start = UnsafeMutableRawPointer(target)
          var at = 0
          for byte in bytes {
            let (word, length) = written[Int(byte)]
            start.storeBytes(of: word.littleEndian, toByteOffset: at, as: UInt32.self)
            at &+= length
          }
          return at
        }
        text.append(UInt8(ascii: "\""))
      }
      ends.append(text.count)
    }
  }

  /// Valid as long as this lives.
  subscript(_ id: Int) -> UnsafeBufferPointer<UInt8> {
    let start = id == 0 ? 0 : ends[id &- 1]
    return UnsafeBufferPointer(start: text.base + start, count: ends[id] - start)
  }
}
