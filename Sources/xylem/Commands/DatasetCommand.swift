import ArgumentParser
import CorpusCore
import Foundation
import Pipeline
import TokenDataset

struct DatasetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dataset",
    abstract: "Look into, check, merge and weigh Megatron datasets (.bin/.idx).",
    discussion: """
      PREFIX is the path of a dataset without .bin and .idx.

      Examples:
        xylem dataset info runs/demo/dataset/fr_text_document
        xylem dataset merge data/a data/b --output data/all
      """,
    subcommands: [Info.self, Verify.self, Dump.self, Merge.self, Blend.self])

  struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "info", abstract: "Size, type and lengths of datasets.",
      discussion: """
        Examples:
          xylem dataset info data/fr_text_document data/en_text_document --json
        """)
    @Argument(help: "Prefixes of .bin/.idx pairs.", completion: .file(extensions: ["idx"])) var prefix: [String]
    @Flag(help: "Print the result as one JSON object (an array for several prefixes).") var json = false

    func run() throws {
      let infos = try prefix.map { try DatasetInfo(prefix: datasetPrefix($0)) }
      if json { return infos.count == 1 ? try sayJSON(infos[0]) : try sayJSON(infos) }
      var rows = [["dataset", "type", "documents", "sequences", "tokens", "shortest", "longest", "mean", ".bin"]]
      for info in infos {
        rows.append([
          info.path, info.tokenType.name, String(info.documents), String(info.sequences), String(info.tokens),
          String(info.shortest), String(info.longest), String(format: "%.1f", info.mean), byteText(info.binBytes),
        ])
      }
      say(table(rows))
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify", abstract: "Check that an .idx and its .bin are consistent.",
      discussion: """
        Examples:
          xylem dataset verify runs/demo/dataset/fr_text_document
        """)
    @Argument(help: "Prefixes of .bin/.idx pairs.", completion: .file(extensions: ["idx"])) var prefix: [String]
    @Flag(help: "Print the result as one JSON object (an array for several prefixes).") var json = false

    func run() throws { try verifyPrefixes(prefix, json: json) }
  }

  struct Dump: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "dump", abstract: "The ids of sequences, one a line; with --tokenizer their text as JSON.",
      discussion: """
        Examples:
          xylem dataset dump runs/demo/dataset/fr_text_document --first 0 \\
            --count 3 --tokenizer runs/demo/tokenizer/tokenizer.json
        """
    )
    @Argument(help: "Prefix of a .bin/.idx pair.", completion: .file(extensions: ["idx"])) var prefix: String
    @Option(help: "First sequence.") var first = 0
    @Option(help: "Sequences to print.") var count = 10
    @Option(help: "Decode with this tokenizer.json.", completion: .file()) var tokenizer: String?
    @Flag(help: "One JSON object a sequence.") var json = false

    func run() throws {
      let dataset = try TokenDataset(prefix: datasetPrefix(prefix))
      guard first >= 0, count >= 0 else { throw ValidationError("--first and --count: expected 0 or more") }
      let text = try tokenizer.map { try DecodedText(path: $0) }
      for index in min(
        first, dataset.sequenceCount)..<min(first.addingReportingOverflow(count).partialValue, dataset.sequenceCount)
      {
        let ids = try dataset.tokens(ofSequence: index)
        if json || text != nil {
          let encoder = JSONEncoder()
          encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
          let line = try encoder.encode(DumpedSequence(sequence: index, ids: json ? ids : nil, text: text?.decode(ids)))
          say(String(decoding: line, as: UTF8.self))
        } else {
          say(ids.map(String.init).joined(separator: " "))
        }
      }
    }

    private struct DumpedSequence: Encodable {
      var sequence: Int
      var ids: [UInt32]?
      var text: String?
    }
  }

  struct Merge: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "merge", abstract: "Several datasets of one type into one, in the order given.",
      discussion: """
        Examples:
          xylem dataset merge data/a data/b data/c --output data/all
        """)
    @Argument(help: "Prefixes of .bin/.idx pairs.", completion: .file(extensions: ["idx"])) var prefix: [String]
    @Option(help: "Prefix of the result.", completion: .file()) var output: String
    @Flag(help: "Print the result as one JSON object.") var json = false

    func run() throws {
      let summary = try mergeDatasets(prefixes: prefix.map(datasetPrefix), to: output)
      if json { return try sayJSON(summary) }
      say("\(output): \(summary.documents) documents, \(summary.sequences) sequences, \(summary.tokens) tokens")
    }
  }

  struct Blend: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "blend", abstract: "Weights for Megatron's --data-path, from the tokens of datasets.",
      discussion: """
        Examples:
          xylem dataset blend runs/demo/dataset/*.idx --alpha 0.3
        """)
    @Argument(help: "Prefixes of .bin/.idx pairs.", completion: .file(extensions: ["idx"])) var prefix: [String]
    @Option(help: "Weights are proportional to tokens to this power; 1 keeps the natural shares.") var alpha = 1.0
    @Flag(help: "Print the result as one JSON object.") var json = false

    func run() throws {
      let prefixes = prefix.map(datasetPrefix)
      let tokens = try prefixes.map { try TokenDataset(prefix: $0).tokenCount }
      let weights = blendWeights(tokenCounts: tokens, exponent: alpha)
      if json { return try sayJSON(["blend": zip(weights, prefixes).map { BlendEntry(weight: $0, prefix: $1) }]) }
      say(try blendLine(zip(weights, prefixes).map { BlendEntry(weight: $0, prefix: $1) }))
    }
  }
}
