// From the keys of `identify_language` to an identifier. The model's digest was taken when the configuration was read;
// whoever makes an identifier later gets the same model or a failure, never another one.
import CorpusCore
import CorpusIO
public import TextProcessing

extension IdentifyLanguageConfiguration {
  /// Model files of more than this many bytes are refused before they fill memory.
  static let maximumModelBytes = 64 << 20

  /// The step of commands that have no pipeline file: `model` is read for its digest.
  public init(identifier: Identifier, model: String?) throws {
    self.init()
    self.identifier = identifier
    self.model = model
    if let model, identifier != .builtin {
      throw PlainFailure(
        .usage, "\(model): identifier \(identifier.rawValue) has no model; leave the model out, or use builtin")
    }
    try resolveModel()
  }

  /// Takes the digest of the model that the keys name; nil where none takes part.
  mutating func resolveModel() throws {
    guard identifier == .builtin else {
      modelDigest = nil
      return
    }
    modelDigest = try model.map { try Self.read($0).digest } ?? LanguageModel.shippedDigest
  }

  /// The identifier that the keys name; nil for `record`. Throws when the model is not the one whose digest was taken.
  public func makeIdentifier() throws -> (any LanguageIdentifier)? {
    switch identifier {
    case .record: return nil
    case .cld2: return CLD2Identifier()
    case .builtin:
      let (found, digest) =
        try model.map { try Self.read($0) } ?? (LanguageModel.shipped(), LanguageModel.shippedDigest)
      guard digest == modelDigest else {
        let expected = modelDigest?.description ?? "none"
        throw PlainFailure(
          .configuration,
          model.map {
            "\($0): changed since the run began (was \(expected), is \(digest)); restore it, or begin another run"
          }
            ?? "the run began with a program whose language model is \(expected), that of this one is \(digest); use that "
            + "program to go on, or begin another run")
      }
      return OpenSetIdentifier(model: found)
    }
  }

  private static func read(_ path: String) throws -> (LanguageModel, digest: Digest128) {
    let bytes = try readWholeFile(path, limit: maximumModelBytes, fileSystem: LocalFileSystem())
    do {
      return (try LanguageModel(decoding: bytes), Digest128(hashing: bytes))
    } catch {
      throw PlainFailure(.configuration, "\(path): \(error.description)")
    }
  }
}
