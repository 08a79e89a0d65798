// A run over a sample, in a directory of its own that is removed afterwards: what each stage took and left.
import CorpusCore
import CorpusIO
import Foundation

/// What one trial took.
struct TrialRun {
  struct StageTaken {
    var seconds = 0.0
    var bytesIn = 0
    var bytesOut = 0
  }
  var stages: [String: StageTaken] = [:]
  /// Seconds outside of stages: listing, ledger.
  var otherSeconds = 0.0
  var lineBytes = 0
  var documents = 0
  var kept = 0
  var textBytes = 0
  var tokens = 0
  /// Bytes of them in .bin.
  var tokenBytes = 0
  var languages = 0
  var distinctPieces = 0
  /// Bytes of records by section of the units: what becomes parts.
  var sections: [String: Int] = [:]
  /// Peak of this process so far.
  var peakMemoryBytes = 0

  /// Runs the steps of `configuration` over `sample` under `directory`.
  static func run(_ sample: InputSample, configuration: PipelineConfiguration, in directory: String) throws -> TrialRun
  {
    var trial = configuration
    trial.input = [InputConfiguration(paths: sample.paths)]
    trial.output = directory
    trial.executor = .local
    trial.maximumBadRatio = 1
    trial.onBadInput = .quarantine
    trial.report = nil
    let workers = trial.workers ?? ProcessInfo.processInfo.activeProcessorCount
    // As many units a worker as a run has, so that none waits for the last one.
    trial.unitBytes = max(1 << 16, min(trial.unitBytes, sample.lineBytes / (8 * workers)))
    let began = ContinuousClock.now
    let result = try PipelineRun(configuration: trial).run()
    let wall = (ContinuousClock.now - began).seconds
    var taken = TrialRun()
    let run = RunDirectory(root: directory)
    taken.lineBytes = sample.lineBytes
    taken.tokens = result.tokens
    taken.kept = result.ledger.kept
    taken.documents = result.ledger.read
    taken.textBytes = result.ledger.bytes["kept"] ?? 0
    for entry in Journal.stages(of: run) {
      guard let stage = entry.stage else { continue }
      taken.stages[stage, default: StageTaken()].seconds += entry.seconds ?? 0
      taken.stages[stage]?.bytesIn += entry.bytes ?? 0
    }
    taken.otherSeconds = max(0, wall - taken.stages.values.reduce(0) { $0 + $1.seconds })
    for stage in expectedStages(trial) {
      guard let plan = try stagePlan(stage, directory: run) else { continue }
      for unit in plan.units {
        let path = run.absolute(RunDirectory.manifest(stage: stage, unit: unit))
        let header = try decodeJSON(ManifestHeader.self, path: path, fileSystem: run.fileSystem)
        taken.stages[stage]?.bytesOut += header.outputs.reduce(0) { $0 + $1.bytes }
        if stage == PrepareStage.name {
          let manifest = try decodeJSON(UnitManifest<PrepareCounts>.self, path: path, fileSystem: run.fileSystem)
          for entry in manifest.counts.sections { taken.sections[entry.section, default: 0] += entry.rawBytes }
        } else if stage == TrainStage.name {
          taken.distinctPieces = try decodeJSON(
            UnitManifest<TrainCounts>.self, path: path, fileSystem: run.fileSystem
          ).counts.distinctPieces
        } else if stage == AssembleStage.name {
          taken.languages += 1
          taken.tokenBytes += header.outputs.reduce(0) { $1.path.hasSuffix(".bin") ? $0 + $1.bytes : $0 }
        }
      }
    }
    taken.peakMemoryBytes = Pipeline.peakMemoryBytes()
    return taken
  }
}

extension TrialRun {
  /// With the shorter of the times of every stage of two runs over one sample.
  func faster(of other: TrialRun) -> TrialRun {
    var result = self
    for (stage, taken) in other.stages {
      result.stages[stage]?.seconds = min(taken.seconds, stages[stage]?.seconds ?? taken.seconds)
    }
    result.otherSeconds = min(otherSeconds, other.otherSeconds)
    return result
  }
}

/// Two trials of different size, and what a run of a third size takes by them.
struct Forecast {
  let small: TrialRun
  let large: TrialRun
  /// Bytes of lines of the whole input.
  let lineBytes: Int
  /// nil where the tokenizer is given, or the sample is all there is.
  var tokenYield: TokenYield?

  /// Tokens a byte of the whole input for one of the larger sample.
  var tokenGrowth: Double { tokenYield?.growth(step: step, ratio: ratio) ?? 1 }

  private var ratio: Double { large.lineBytes > 0 ? Double(lineBytes) / Double(large.lineBytes) : 0 }
  private var step: Double { small.lineBytes > 0 ? Double(large.lineBytes) / Double(small.lineBytes) : 1 }

  /// In proportion: documents, text, tokens.
  func proportional(_ value: (TrialRun) -> Int) -> Int { Int((Double(value(large)) * ratio).rounded()) }

  /// On the line through both trials, which has a constant part: times that begin with opening files.
  func linear(_ value: (TrialRun) -> Double) -> Double { linear(value, by: \.lineBytes, to: lineBytes) }

  /// The same over another measure of size than bytes of lines, which is `whole` for the whole input.
  func linear(_ value: (TrialRun) -> Double, by size: (TrialRun) -> Int, to whole: Int) -> Double {
    let (first, second) = (value(small), value(large))
    let span = Double(size(large) - size(small))
    // Noise must not make the constant negative, nor take the growth away. What grows at all grows by much more than an
    // eighth of its share; a stage of many small files takes about as long for both trials.
    let slope = span > 0 ? (second - first) / span : 0
    let steady = size(large) > 0 ? second / Double(size(large)) : 0
    let used = min(max(slope, steady / 8), steady)
    return max(0, second + used * Double(whole - size(large)))
  }

  /// As a power of the size: what grows slower than text (distinct pre-tokens). The exponent stays within `bounds`.
  func power(_ value: (TrialRun) -> Double, bounds: ClosedRange<Double>) -> Double {
    let (first, second) = (value(small), value(large))
    guard first > 0, second > 0, step > 1 else { return second * ratio }
    let exponent = min(max(log(second / first) / log(step), bounds.lowerBound), bounds.upperBound)
    return second * pow(ratio, exponent)
  }
}
