// The main job: the stages in order, each given what the earlier ones committed. Stages never call each other; this is
// the only place that knows their order.
import CorpusCore
import CorpusIO
import Deduplication
import Foundation
import TokenDataset
import Tokenization

/// What is known when a run starts, and must be the same when it is resumed.
public struct RunRecord: Codable, Sendable {
  public var name: String
  public var version: String
  public var configurationDigest: Digest128
  public var configuration: PipelineConfiguration
  public var inputs: [InputFile]

  enum CodingKeys: String, CodingKey {
    case name, version, configuration, inputs
    case configurationDigest = "configuration_digest"
  }
}

/// A finished run, for whoever wants to say a word about it.
public struct RunResult: Sendable {
  public var directory: String
  public var ledger: Ledger
  public var datasets: [String]
  public var tokens: Int
}

public struct PipelineRun: Sendable {
  let configuration: PipelineConfiguration
  let directory: RunDirectory
  let observer: any RunObserver
  private let executor: LocalExecutor

  public init(
    configuration: PipelineConfiguration, detached: DetachedRun? = nil, observer: any RunObserver = SilentObserver(),
    fileSystem: any FileSystem = LocalFileSystem()
  ) {
    let isLocal = configuration.executor == .local
    precondition(detached == nil || !isLocal, "only a scheduler goes on by itself")
    self.init(
      configuration: configuration,
      mode: isLocal
        ? .here
        : .slurm(
          Self.slurm(
            configuration, detached: detached, scheduler: SlurmCommands(), observer: observer,
            fileSystem: fileSystem)),
      observer: observer, fileSystem: fileSystem)
  }

  /// Jobs call this very program, in the directory in which it was called.
  static func slurm(
    _ configuration: PipelineConfiguration, detached: DetachedRun? = nil, scheduler: any BatchScheduler,
    observer: any RunObserver, fileSystem: any FileSystem
  ) -> SlurmExecutor {
    SlurmExecutor(
      options: configuration.slurm ?? SlurmConfiguration(),
      directory: RunDirectory(root: configuration.output, fileSystem: fileSystem), digest: configuration.digest,
      memoryBytes: configuration.memory,
      executable: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        ?? CommandLine.arguments[0],
      workingDirectory: FileManager.default.currentDirectoryPath, scheduler: scheduler, observer: observer,
      detached: detached)
  }

  init(
    configuration: PipelineConfiguration, mode: ExecutionMode, observer: any RunObserver, fileSystem: any FileSystem
  ) {
    self.configuration = configuration
    directory = RunDirectory(root: configuration.output, fileSystem: fileSystem)
    self.observer = observer
    executor = LocalExecutor(
      directory: directory, workers: configuration.workers ?? ProcessInfo.processInfo.activeProcessorCount,
      memoryBytes: configuration.memory, journal: Journal(directory: directory), observer: observer, mode: mode)
  }

  /// Goes on with `configuration` as far as committed units carry: makes the run directory, writes the plan of the first
  /// stage that is not whole, and says which of its units are missing. nil when the run is finished. Does no unit.
  public static func next(
    _ configuration: PipelineConfiguration, observer: any RunObserver = SilentObserver(),
    fileSystem: any FileSystem = LocalFileSystem()
  ) throws -> UnitsMissing? {
    do {
      _ = try PipelineRun(configuration: configuration, mode: .planning, observer: observer, fileSystem: fileSystem)
        .run()
      return nil
    } catch let missing as UnitsMissing {
      return missing
    }
  }

  /// Does the selected units of the run in `root`, from its run.json and manifests; the stages before must be whole. Any
  /// number of processes may do so at once, with the same units or others. Throws as `run` does.
  public static func work(
    in root: String, on selection: UnitSelection, workers: Int? = nil, memory: Int? = nil,
    observer: any RunObserver = SilentObserver(), fileSystem: any FileSystem = LocalFileSystem()
  ) throws -> SelectionDone {
    let record = try runRecord(RunDirectory(root: root, fileSystem: fileSystem))
    guard record.version == xylemVersion else {
      throw PlainFailure(
        .configuration, "\(root): begun by xylem \(record.version), this is \(xylemVersion); use that version to go on")
    }
    var configuration = record.configuration
    let stages = expectedStages(configuration)
    guard stages.contains(selection.stage) else {
      let near = NearestName.nearest(to: selection.stage, among: stages).map { "; did you mean '\($0)'?" } ?? ""
      throw PlainFailure(
        .usage, "--stage \(selection.stage): this run has the stages \(stages.joined(separator: ", "))\(near)")
    }
    if let languages = configuration.languages,
      languageFilesDigest(try readLanguageFiles(directory: languages)) != configuration.languageFilesDigest
    {
      throw PlainFailure(
        .configuration, "\(languages): changed since the run in \(root) began; restore the files, or begin another run")
    }
    configuration.output = root
    if let workers { configuration.workers = workers }
    if let memory { configuration.memory = memory }
    let run = PipelineRun(
      configuration: configuration, mode: .selected(selection), observer: observer, fileSystem: fileSystem)
    do {
      _ = try run.run(record.inputs)
    } catch let done as SelectionDone {
      return done
    }
    throw PlainFailure(.badData, "stage \(selection.stage) was not reached; this is a fault of xylem, please report it")
  }

  /// A worker leaves to the driver what is done between stages.
  private var isWorker: Bool {
    if case .selected = executor.mode { true } else { false }
  }

  /// Runs what is missing. Throws a `XylemFailure`, or `RunInterrupted`.
  public func run() throws -> RunResult {
    let files = try listInput(configuration.input.flatMap(\.paths), fileSystem: directory.fileSystem)
    try begin(files)
    observer.runBegan(
      RunOutline(
        name: configuration.name, directory: directory.root, stages: expectedStages(configuration),
        workers: executor.workers, memoryBytes: configuration.memory, isLocal: configuration.executor == .local,
        vocabularySize: configuration.trainTokenizer?.vocabularySize))
    return try run(files)
  }

  private func run(_ files: [InputFile]) throws -> RunResult {
    let stage = try prepareStage(files)
    let prepared = try prepare(stage)
    let collected = try collect(prepared, of: stage)
    let catalog = PartCatalog(collected)
    let deduplicated = try deduplicate(catalog)
    let removals =
      deduplicated.map { unitIdentity(stage: "removals", configuration: $0.identity, parts: []) }
      ?? Digest128(high: 0, low: 0)
    let cut = try cutLines(catalog, removals: removals)
    // What later readers leave out.
    let left =
      cut.map { unitIdentity(stage: "cuts", configuration: removals, parts: $0.map(\.identity.description)) }
      ?? removals
    let ledger = try writeLedger(
      prepared: stage.totals.counts, deduplicated: deduplicated?.counts, cut: cut?.map(\.counts) ?? [])
    let trained = try train(catalog, removals: left)
    let encoded = try encode(catalog, removals: left, ledger: ledger)
    try report(
      RunEvidence(
        prepared: shown(prepared, of: stage), portrait: try TextPortrait(parts: portraits(collected), in: directory),
        deduplicated: deduplicated?.counts, cut: cut?.map(\.counts), trained: trained, encoded: encoded.parts,
        assembled: encoded.datasets,
        ledger: ledger))
    // Attempts of processes that were killed; all units are committed, so nobody needs another.
    try? clear("attempts")
    return RunResult(
      directory: directory.root, ledger: ledger,
      datasets: encoded.datasets.map { directory.absolute(RunDirectory.datasetPrefix($0.language)) },
      tokens: encoded.datasets.reduce(0) { $0 + $1.tokens })
  }

  /// The parts of the portrait, in the order of the plan.
  private func portraits(_ collected: [UnitManifest<CollectCounts>]) -> [String] {
    collected.flatMap(\.outputs).map(\.path).filter { $0.hasPrefix("portraits/") }
  }

  /// Counts of all units, with the first quarantined lines numbered as in their files.
  private func shown(_ prepared: [UnitManifest<PrepareCounts>], of stage: PrepareStage) -> PrepareCounts {
    var counts = stage.totals.counts
    counts.quarantine = Array(
      prepared.lazy.flatMap(LineNumbers(prepared).shown).prefix(PrepareCounts.shownQuarantine))
    return counts
  }

  // MARK: - Beginning, and beginning again

  private func begin(_ files: [InputFile]) throws {
    try directory.fileSystem.makeDirectories(directory.root)
    let record = RunRecord(
      name: configuration.name, version: xylemVersion, configurationDigest: configuration.digest,
      configuration: configuration, inputs: files)
    let path = directory.absolute(RunDirectory.runFile)
    if try directory.fileSystem.isPresent(path) {
      let earlier = try decodeJSON(RunRecord.self, path: path, fileSystem: directory.fileSystem)
      try refuseIfDifferent(earlier, record)
      Attempt.removeAbandoned(in: directory)
      executor.journal.append(.note("resume"))
    } else {
      Attempt.removeAbandoned(in: directory)
      try replaceFile(try encodeJSON(record, pretty: true), at: RunDirectory.runFile, in: directory)
      executor.journal.append(.note("start"))
    }
  }

  /// A directory belongs to one configuration, one input and one version.
  private func refuseIfDifferent(_ earlier: RunRecord, _ now: RunRecord) throws {
    var reasons: [String] = []
    if earlier.configurationDigest != now.configurationDigest {
      reasons += differences(earlier.configuration, now.configuration)
      if reasons.isEmpty { reasons = ["the language files"] }
    }
    if earlier.version != now.version { reasons.append("version: was \(earlier.version), is \(now.version)") }
    let before = Dictionary(earlier.inputs.map { ($0.path, $0) }, uniquingKeysWith: { $1 })
    let after = Dictionary(now.inputs.map { ($0.path, $0) }, uniquingKeysWith: { $1 })
    let changed = Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }.sorted()
    for path in changed.prefix(5) {
      reasons.append(
        before[path] == nil
          ? "input \(path): new" : after[path] == nil ? "input \(path): gone" : "input \(path): its content changed")
    }
    if changed.count > 5 { reasons.append("and \(changed.count - 5) more inputs") }
    guard reasons.isEmpty else {
      throw PlainFailure(
        .configuration,
        "\(directory.root): holds a run with another configuration or input, so it cannot be resumed\n"
          + reasons.map { "  " + $0 }.joined(separator: "\n")
          + "\nchoose another --output, or remove the directory")
    }
  }

  // MARK: - Stages

  private func prepareStage(_ files: [InputFile]) throws -> PrepareStage {
    let languageFiles = try configuration.languages.map { try readLanguageFiles(directory: $0) } ?? []
    return PrepareStage(
      configuration: configuration,
      languages: try LanguageTable(files: languageFiles, step: configuration.filter),
      identifier: try configuration.identifyLanguage?.makeIdentifier(),
      evaluation: configuration.decontaminate.map {
        EvaluationSource($0, of: configuration, fileSystem: directory.fileSystem)
      },
      planned: planPrepare(
        files, configuration: configuration,
        splits: try ShardSplits.of(files, configuration: configuration, directory: directory)))
  }

  private func prepare(_ stage: PrepareStage) throws -> [UnitManifest<PrepareCounts>] {
    let prepared = try executor.run(stage)
    let read = prepared.reduce(0) { $0 + $1.counts.read }
    let bad = prepared.reduce(0) { $0 + $1.counts.quarantined }
    if bad > 0, !isWorker {
      let ratio = Double(bad) / Double(max(1, read))
      let first = prepared.lazy.flatMap(LineNumbers(prepared).shown).first
      let place = first.map { " (first: \($0.shard):\($0.line), \($0.reason))" } ?? ""
      let text = "\(bad) of \(read) records could not be read and are in quarantine\(place)"
      if ratio > configuration.maximumBadRatio {
        _ = try collect(prepared, of: stage)
        throw PlainFailure(
          .badData,
          "\(text); that is more than maximum_bad_ratio \(configuration.maximumBadRatio) allows. "
            + "Look at \(directory.absolute("quarantine")), mend the input or run again with a higher "
            + "--set maximum_bad_ratio=\(nextRatio(ratio))")
      }
      observer.message(text)
    }
    let marked = prepared.reduce(0) { $0 + ($1.counts.contaminationMarks ?? 0) }
    if marked > 0, !isWorker {
      observer.message("\(marked) kept documents share n-grams with the evaluation set and have a member contamination")
    }
    return prepared
  }

  /// Removes what later stages need no more. Another process on the same run may still publish into it, and then finds
  /// its units committed: so an attempt that fails is made again.
  private func clear(_ relative: String) throws {
    guard !isWorker else { return }
    for _ in 0..<3 where (try? directory.fileSystem.removeTree(directory.absolute(relative))) != nil { return }
    try directory.fileSystem.removeTree(directory.absolute(relative))
  }

  private func nextRatio(_ ratio: Double) -> String {
    for step in [0.01, 0.05, 0.1, 0.5] where ratio <= step { return String(step) }
    return "1"
  }

  private func collect(
    _ prepared: [UnitManifest<PrepareCounts>], of source: PrepareStage
  ) throws -> [UnitManifest<CollectCounts>] {
    let stage = CollectStage(
      configuration: configuration, prepared: prepared, layout: FingerprintLayout(configuration))
    if try !executor.isComplete(stage) { _ = try executor.run(source, restoringOutputs: true) }
    let collected = try executor.run(stage)
    try clear("work/prepare")
    return collected
  }

  private func deduplicate(_ catalog: PartCatalog) throws -> UnitManifest<DeduplicateCounts>? {
    guard configuration.deduplicates else { return nil }
    let near = configuration.deduplicateNear
    let earlier =
      try near.flatMap { near in
        near.against.isEmpty
          ? nil
          : try EarlierFingerprints(
            near.against, options: near.options, within: near.within, urls: configuration.deduplicateURL != nil,
            fileSystem: directory.fileSystem)
      }
    return try executor.run(DeduplicateStage(configuration: configuration, catalog: catalog, earlier: earlier)).first
  }

  private func cutLines(_ catalog: PartCatalog, removals: Digest128) throws -> [UnitManifest<CutCounts>]? {
    guard let step = configuration.deduplicateLines else { return nil }
    let lines = LinesStage(configuration: configuration, step: step, catalog: catalog, removals: removals)
    let repeats = RepeatsStage(configuration: configuration, step: step, found: try executor.run(lines))
    if try !executor.isComplete(repeats) { _ = try executor.run(lines, restoringOutputs: true) }
    let merged = try executor.run(repeats)
    let stage = CutStage(
      configuration: configuration, step: step, catalog: catalog, removals: removals, repeats: merged)
    if try !executor.isComplete(stage) {
      _ = try executor.run(lines, restoringOutputs: true)
      _ = try executor.run(repeats, restoringOutputs: true)
    }
    let cut = try executor.run(stage)
    let removed = cut.reduce(0) { $0 + $1.counts.removedSegments }
    let expected = merged.reduce(0) { $0 + $1.counts.occurrences - (step.keepFirst ? $1.counts.repeatedSegments : 0) }
    guard removed == expected else {
      throw PlainFailure(
        .badData,
        "\(expected) repeated lines were counted and \(removed) are cut; the prepared text changed in between: "
          + "run `xylem verify \(directory.root)`")
    }
    try clear("work/lines")
    try clear("work/repeats")
    return cut
  }

  private func train(
    _ catalog: PartCatalog, removals: Digest128
  ) throws -> TrainCounts? {
    guard let step = configuration.trainTokenizer, configuration.encode?.tokenizer == nil else { return nil }
    let source = CountStage(configuration: configuration, step: step, catalog: catalog, removals: removals)
    let counted = try executor.run(source)
    let stage = TrainStage(configuration: configuration, step: step, counted: counted)
    if try !executor.isComplete(stage) { _ = try executor.run(source, restoringOutputs: true) }
    let trained = try executor.run(stage)
    try clear("work/counts")
    try clear("work/train")
    return trained.first?.counts
  }

  private func encode(
    _ catalog: PartCatalog, removals: Digest128, ledger: Ledger
  ) throws -> (parts: [EncodeCounts], datasets: [AssembleCounts]) {
    guard let step = configuration.encode else { return ([], []) }
    let path = step.tokenizer ?? directory.absolute("tokenizer/tokenizer.json")
    let (model, digest) = try withBytesOfTokenizer(path, fileSystem: directory.fileSystem) { bytes in
      (try TokenizerFile.read(bytes), bytes.withUnsafeBytes { Digest128(hashing: $0) })
    }
    let stage = EncodeStage(
      configuration: configuration, step: step, model: model, tokenizer: digest,
      specialTokensInText: configuration.trainTokenizer?.specialTokensInText == .parse ? .parse : .text,
      catalog: catalog, removals: removals)
    let encoded = try executor.run(stage)
    let documents = encoded.reduce(0) { $0 + $1.counts.documents }
    guard documents == ledger.kept else {
      throw PlainFailure(
        .badData,
        "the ledger keeps \(ledger.kept) documents but \(documents) were encoded; nothing may be lost: "
          + "run `xylem verify \(directory.root)`")
    }
    let assembly = AssembleStage(configuration: configuration, encoded: encoded, tokenType: stage.tokenType)
    if try !executor.isComplete(assembly) { _ = try executor.run(stage, restoringOutputs: true) }
    let assembled = try executor.run(assembly)
    try clear("work")
    let entries = zip(assembled, blendWeights(tokenCounts: assembled.map(\.counts.tokens))).map {
      BlendEntry(weight: $0.1, prefix: RunDirectory.datasetPrefix($0.0.counts.language))
    }
    try writeOnce(Array((try blendLine(entries) + "\n").utf8), to: "dataset/blend.txt", in: directory)
    return (encoded.map(\.counts), assembled.map(\.counts))
  }

  private func writeLedger(
    prepared: PrepareCounts, deduplicated: DeduplicateCounts?, cut: [CutCounts]
  ) throws -> Ledger {
    let ledger = Ledger(prepared: [prepared], deduplicated: deduplicated, cut: cut)
    try writeOnce(try encodeJSON(ledger, pretty: true), to: RunDirectory.ledgerFile, in: directory)
    guard ledger.balanced else {
      throw PlainFailure(
        .badData,
        "\(directory.absolute(RunDirectory.ledgerFile)): read \(ledger.read) is not kept \(ledger.kept) + removed "
          + "\(ledger.removed.values.reduce(0, +)) + quarantined \(ledger.quarantined); this is a fault of xylem, please report it"
      )
    }
    return ledger
  }

  private func report(_ evidence: RunEvidence) throws {
    let fertility = FertilityTable(encoded: evidence.encoded)
    if !fertility.languages.isEmpty, configuration.trainTokenizer != nil {
      try writeOnce(try encodeJSON(fertility, pretty: true), to: "tokenizer/fertility.json", in: directory)
    }
    guard configuration.report != nil else { return }
    try writeOnce(try encodeJSON(evidence), to: RunEvidence.file, in: directory)
    try writeReport(of: directory)
  }
}
