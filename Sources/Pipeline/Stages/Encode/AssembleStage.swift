// assemble: the token blocks of a language's parts, in order, to one .bin; its .idx from the lengths.
import CorpusCore
import CorpusIO
import TokenDataset

public struct AssembleCounts: Codable, Sendable {
  public var language = ""
  public var sequences = 0
  public var tokens = 0
  public var tokenType = TokenType.int32
}

struct AssembleStage: Stage {
  static let name = "assemble"
  let configuration: PipelineConfiguration
  let encoded: [UnitManifest<EncodeCounts>]
  let tokenType: TokenType

  struct Work: Sendable {
    var language: String
    var tokens: [FileSummary]
    var lengths: [FileSummary]
  }

  func units() -> [PlannedUnit<Work>] {
    let byLanguage = Dictionary(grouping: encoded) { $0.counts.language }
    return byLanguage.keys.sorted().compactMap { language in
      let manifests = byLanguage[language] ?? []
      let work = Work(
        language: language, tokens: manifests.flatMap { $0.outputs.filter { $0.path.hasSuffix(".tokens") } },
        lengths: manifests.flatMap { $0.outputs.filter { $0.path.hasSuffix(".lengths") } })
      let bytes = work.tokens.reduce(0) { $0 + $1.bytes }
      guard bytes > 0 else { return nil }
      let identity = unitIdentity(
        stage: Self.name, configuration: configuration.digest,
        parts: [language] + manifests.flatMap { $0.outputs.map(\.digest.description) })
      return PlannedUnit(label: language, identity: identity, bytes: bytes, work: work)
    }
  }

  func run(_ unit: PlannedUnit<Work>, attempt: Attempt) throws -> AssembleCounts {
    let directory = attempt.directory
    let prefix = RunDirectory.datasetPrefix(unit.work.language)
    var counts = AssembleCounts(language: unit.work.language, tokenType: tokenType)
    let output = try attempt.createOutput()
    for file in unit.work.tokens {
      let blocks = try FileBlocks(path: directory.absolute(file.path), fileSystem: directory.fileSystem)
      while let block = try blocks.next() {
        if Interruption.isRequested { throw Interrupted() }
        try output.write(block)
        attempt.progress.add(bytes: block.count)
      }
    }
    let binary = try output.finish()
    counts.sequences = unit.work.lengths.reduce(0) { $0 + $1.bytes } / 4
    counts.tokens = binary.bytes / tokenType.byteCount
    let index = try attempt.createOutput()
    try writeIndex(
      path: directory.absolute(prefix + ".idx"), tokenType: tokenType, sequenceCount: counts.sequences
    ) { body in
      for file in unit.work.lengths {
        let blocks = try FileBlocks(path: directory.absolute(file.path), fileSystem: directory.fileSystem)
        while let block = try blocks.next() {
          // Blocks are 1 MiB, a multiple of the four bytes of a length, except the last of a file.
          try block.withUnsafeBytes { bytes in
            for offset in stride(from: 0, to: bytes.count - 3, by: 4) {
              try body(Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self)))
            }
          }
        }
      }
    } write: { bytes in
      try index.write(bytes)
    }
    attempt.add(binary, as: prefix + ".bin")
    attempt.add(try index.finish(), as: prefix + ".idx")
    return counts
  }
}
