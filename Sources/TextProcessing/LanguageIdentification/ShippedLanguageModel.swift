// The language model that is part of the program (models/languages.model): nothing to install, find or mistake.
import CLanguageModel
public import CorpusCore

extension LanguageModel {
  /// The program's own model. Throws when its bytes are none, and never gives another one instead. Read once, about 3 MB
  /// of memory.
  public static func shipped() throws(LanguageModelFailure) -> LanguageModel { try shippedResult.get() }

  /// XXH3-128 of the bytes of the program's own model: that of models/languages.model when it was built.
  public static let shippedDigest = withShippedBytes { Digest128(hashing: $0) }

  private static let shippedResult = Result { () throws(LanguageModelFailure) in
    try LanguageModel(decoding: withShippedBytes { Array($0) })
  }

  private static func withShippedBytes<Value>(_ body: (UnsafeRawBufferPointer) -> Value) -> Value {
    var count = 0
    let bytes = xylem_language_model(&count)
    return body(UnsafeRawBufferPointer(start: bytes, count: count))
  }
}
