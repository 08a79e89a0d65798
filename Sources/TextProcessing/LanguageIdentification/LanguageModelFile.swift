// Reading and writing of language model files (docs/formats/language-model.md). The reader trusts nothing.
public import CorpusCore

/// Why bytes are not a language model.
public struct LanguageModelFailure: XylemFailure, Equatable {
  public let kind = FailureKind.configuration
  public let description: String

  init(_ place: Int, _ text: String) { description = "not a language model: byte \(place): \(text)" }
}

extension LanguageModel {
  static let magic = Array("XYLMLANG".utf8)
  static let version: UInt32 = 1
  static let maximumBits = 20

  /// The file's bytes; the same model always has the same.
  public func encoded() -> [UInt8] {
    var body: [UInt8] = []
    for script in scripts {
      body += [script.script.rawValue, UInt8(script.bits), UInt8(script.languages.count), 0]
      body.append(littleEndian: UInt64(script.step.bitPattern), bytes: 4)
      for language in script.languages {
        let code = Array(language.code.utf8.prefix(8))
        body += code + [UInt8](repeating: 0, count: 8 - code.count)
      }
      if script.bits > 0 { body += script.weights.map { UInt8(bitPattern: $0) } }
    }
    var bytes = Self.magic
    bytes.append(littleEndian: UInt64(Self.version), bytes: 4)
    bytes.append(littleEndian: UInt64(scripts.count), bytes: 4)
    bytes.append(littleEndian: body.withUnsafeBytes { hash64($0) }, bytes: 8)
    return bytes + body
  }

  /// Reads a model file. Allocates no more than its own size; every count is checked against what is there.
  public init(decoding bytes: [UInt8]) throws(LanguageModelFailure) {
    func number(_ at: Int, _ count: Int) -> UInt64 {
      (0..<count).reduce(0) { $0 | UInt64(bytes[at + $1]) << UInt64(8 * $1) }
    }
    guard bytes.count >= 24 else { throw LanguageModelFailure(0, "\(bytes.count) bytes, expected at least 24") }
    guard (0..<8).allSatisfy({ bytes[$0] == Self.magic[$0] }) else { throw LanguageModelFailure(0, "wrong magic") }
    guard number(8, 4) == Self.version else {
      throw LanguageModelFailure(8, "version \(number(8, 4)), this program reads \(Self.version); train it again")
    }
    let count = number(12, 4)
    guard count <= ModelScript.allCases.count else { throw LanguageModelFailure(12, "\(count) scripts") }
    let hash = bytes.withUnsafeBytes { hash64(UnsafeRawBufferPointer(rebasing: $0[24...])) }
    guard number(16, 8) == hash else { throw LanguageModelFailure(16, "checksum differs: the file is damaged") }
    var place = 24
    var scripts: [ScriptModel] = []
    for _ in 0..<count {
      guard bytes.count - place >= 8 else { throw LanguageModelFailure(place, "the file ends inside a script") }
      guard let script = ModelScript(rawValue: bytes[place]),
        script.rawValue > scripts.last.map({ Int($0.script.rawValue) }) ?? -1
      else { throw LanguageModelFailure(place, "script \(bytes[place]) is unknown or out of order") }
      let bits = Int(bytes[place + 1])
      let languages = Int(bytes[place + 2])
      guard bits <= Self.maximumBits else { throw LanguageModelFailure(place + 1, "2^\(bits) rows") }
      guard (1...32).contains(languages) else { throw LanguageModelFailure(place + 2, "\(languages) languages") }
      guard bytes[place + 3] == 0 else { throw LanguageModelFailure(place + 3, "expected 0") }
      let step = Float(bitPattern: UInt32(number(place + 4, 4)))
      guard step.isFinite, step > 0 else { throw LanguageModelFailure(place + 4, "a step that is not positive") }
      place += 8
      guard bytes.count - place >= 8 * languages else {
        throw LanguageModelFailure(place, "the file ends inside the languages")
      }
      var codes: [Language] = []
      for _ in 0..<languages {
        let code = (0..<8).map { bytes[place + $0] }
        let end = code.firstIndex(of: 0) ?? 8
        guard code[end...].allSatisfy({ $0 == 0 }),
          let language = Language(code: String(decoding: code[..<end], as: UTF8.self)),
          codes.last.map({ $0 < language }) ?? true
        else { throw LanguageModelFailure(place, "no language code, or out of order") }
        codes.append(language)
        place += 8
      }
      let size = bits == 0 ? 0 : ScriptModel.width(languages: languages) << bits
      guard bytes.count - place >= size else { throw LanguageModelFailure(place, "the file ends inside the weights") }
      let weights = [Int8](unsafeUninitializedCapacity: size) { buffer, initialized in
        // Inside `bytes`: checked just now.
        bytes.withUnsafeBytes {
          UnsafeMutableRawBufferPointer(buffer).copyMemory(from: .init(rebasing: $0[place..<place + size]))
        }
        initialized = size
      }
      place += size
      scripts.append(ScriptModel(script: script, languages: codes, bits: bits, step: step, weights: weights))
    }
    guard place == bytes.count else { throw LanguageModelFailure(place, "\(bytes.count - place) bytes too many") }
    self.init(scripts: scripts)
  }
}

extension [UInt8] {
  fileprivate mutating func append(littleEndian value: UInt64, bytes count: Int) {
    for index in 0..<count { append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index))) }
  }
}
