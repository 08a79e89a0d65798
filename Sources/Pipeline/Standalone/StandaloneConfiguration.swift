// Configurations for the commands that run a part of the pipeline without a pipeline file.
import CorpusCore
import Deduplication

extension PipelineConfiguration {
  /// No step at all: the base of every standalone command.
  static var standalone: PipelineConfiguration {
    var configuration = PipelineConfiguration(name: "standalone", input: [], output: "")
    configuration.maximumBadRatio = 1
    return configuration
  }
}

extension DeduplicateExactConfiguration {
  var preference: KeepPreference { KeepPreference(keep, sources: sourcePriority, qualityField: qualityField) }
}

extension DeduplicateURLConfiguration {
  var preference: KeepPreference { KeepPreference(keep, sources: sourcePriority, qualityField: qualityField) }
}

extension DeduplicateNearConfiguration {
  var preference: KeepPreference { KeepPreference(keep, sources: sourcePriority, qualityField: qualityField) }

  /// The step's keys as the algorithms take them.
  var options: NearDuplicateOptions {
    var options = NearDuplicateOptions()
    options.shingle = shingle
    options.words = words
    options.bands = bands
    options.rows = rows
    options.threshold = threshold
    options.verify = verify
    options.seed = seed
    return options
  }
}

/// The configuration of `xylem clean`: prepare and collect with the steps that clean text. `presets` are names of
/// `FilterConfiguration.Preset`, used with `languages` only.
public func cleaningConfiguration(
  _ pass: InputPass, output: String, languages: String?, presets: [String] = ["roots"],
  identify: IdentifyLanguageConfiguration = IdentifyLanguageConfiguration()
) throws -> PipelineConfiguration {
  var configuration = PipelineConfiguration(
    name: "clean", input: [InputConfiguration(paths: pass.paths)], output: output)
  configuration.textField = pass.textField
  configuration.idField = pass.idField
  configuration.workers = pass.workers
  configuration.maximumBadRatio = pass.maximumBadRatio
  configuration.normalize = NormalizeConfiguration()
  configuration.identifyLanguage = identify
  configuration.redact = RedactConfiguration()
  if let languages {
    configuration.languages = languages
    configuration.languageFilesDigest = languageFilesDigest(try readLanguageFiles(directory: languages))
    var filter = FilterConfiguration()
    filter.presets = FilterConfiguration.Preset.allCases.filter { presets.contains($0.rawValue) }
    configuration.filter = filter
  }
  return configuration
}
