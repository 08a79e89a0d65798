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
    if let model, !identifier.takesModel {
      throw PlainFailure(
        .usage,
        "\(model): identifier \(identifier.rawValue) has no model; leave the model out, or use builtin or fasttext")
    }
    if model == nil, identifier == .fasttext {
      throw PlainFailure(.usage, "identifier fasttext needs a model; name its file (--model)")
    }
    try resolveModel()
  }

  /// Takes the digest of the model that the keys name; nil where none takes part.
  mutating func resolveModel() throws {
    switch identifier {
    case .builtin: modelDigest = try model.map { try Self.read($0).digest } ?? LanguageModel.shippedDigest
    case .fasttext: modelDigest = try model.map { try Self.readFastText($0).digest }
    case .cld2, .record: modelDigest = nil
    }
  }

  /// The identifier that the keys name; nil for `record`. Throws when the model is not the one whose digest was taken.
  public func makeIdentifier() throws -> (any LanguageIdentifier)? {
    switch identifier {
    case .record: return nil
    case .cld2: return CLD2Identifier()
    case .builtin:
      let (found, digest) =
        try model.map { try Self.read($0) } ?? (LanguageModel.shipped(), LanguageModel.shippedDigest)
      try expect(digest)
      return OpenSetIdentifier(model: found)
    case .fasttext:
      guard let model else { throw PlainFailure(.configuration, "identifier fasttext needs a model; name its file") }
      let (found, digest) = try Self.readFastText(model)
      try expect(digest)
      return found
    }
  }

  private func expect(_ digest: Digest128) throws {
    guard digest != modelDigest else { return }
    let expected = modelDigest?.description ?? "none"
    throw PlainFailure(
      .configuration,
      model.map {
        "\($0): changed since the run began (was \(expected), is \(digest)); restore it, or begin another run"
      }
        ?? "the run began with a program whose language model is \(expected), that of this one is \(digest); use that "
        + "program to go on, or begin another run")
  }

  private static func read(_ path: String) throws -> (LanguageModel, digest: Digest128) {
    let bytes = try readWholeFile(path, limit: maximumModelBytes, fileSystem: LocalFileSystem())
    do {
      return (try LanguageModel(decoding: bytes), Digest128(hashing: bytes))
    } catch {
      throw PlainFailure(.configuration, "\(path): \(error.description)")
    }
  }

  /// fastText models are as large as 1.6 GB (GlotLID): the file is mapped, and libfasttext's copy is the one in memory.
  private static func readFastText(_ path: String) throws -> (FastTextIdentifier, digest: Digest128) {
    try MappedFile(path: path, fileSystem: LocalFileSystem()).withBytes { bytes in
      do {
        return (try FastTextIdentifier(bytes: bytes), Digest128(hashing: bytes))
      } catch let failure as FastTextModelFailure {
        throw PlainFailure(.configuration, "\(path): \(failure.description)")
      }
    }
  }
}
