// The way in: a pipeline file and the options of the command line become a PipelineConfiguration, or a list of faults.
import CorpusCore

public enum ConfigurationReader {
  /// The configuration in the file at `path`, with `overrides` (`a.b=c`, without `--set`) put over it.
  ///
  /// Options win over overrides, overrides over the file, the last over those before. `inputs` replace all of `input`
  /// when there is one. The language files are read too, for their digest.
  public static func read(
    path: String, overrides: [String] = [], inputs: [String] = [], output: String? = nil, workers: Int? = nil,
    memory: String? = nil, executor: String? = nil
  ) throws(ConfigurationFailure) -> PipelineConfiguration {
    let bytes = try SmallFile.bytes(path: path)
    return try parse(
      bytes: bytes, fileName: path, overrides: overrides, inputs: inputs, output: output, workers: workers,
      memory: memory, executor: executor)
  }

  /// Like `read`, from text; `fileName` is only for messages.
  public static func parse(
    yaml: String, fileName: String, overrides: [String] = [], inputs: [String] = [], output: String? = nil,
    workers: Int? = nil, memory: String? = nil, executor: String? = nil
  ) throws(ConfigurationFailure) -> PipelineConfiguration {
    try parse(
      bytes: Array(yaml.utf8), fileName: fileName, overrides: overrides, inputs: inputs, output: output,
      workers: workers, memory: memory, executor: executor)
  }

  private static func parse(
    bytes: [UInt8], fileName: String, overrides: [String], inputs: [String], output: String?, workers: Int?,
    memory: String?, executor: String?
  ) throws(ConfigurationFailure) -> PipelineConfiguration {
    let context = ConfigurationContext(fileName: fileName)
    var root =
      try StrictYAML.tree(of: bytes, fileName: fileName)
      ?? ConfigurationNode(.mapping([]), at: .file(line: 1, column: 1))

    ConfigurationOverrides.apply(overrides, to: &root, context: context)
    if let first = inputs.first {
      let origin = ConfigurationOrigin.option("--input \(first)")
      let paths = inputs.map { ConfigurationNode(.scalar($0, isPlain: false), at: origin) }
      let entry = ConfigurationNode.Entry(
        key: "paths", keyOrigin: origin, value: ConfigurationNode(.sequence(paths), at: origin))
      ConfigurationOverrides.replace(
        "input", .sequence([ConfigurationNode(.mapping([entry]), at: origin)]), option: "--input \(first)", in: &root)
    }
    for (key, value, isPlain) in [
      ("output", output, false), ("workers", workers.map(String.init), true), ("memory", memory, true),
      ("executor", executor, false),
    ] {
      guard let value else { continue }
      ConfigurationOverrides.replace(
        key, .scalar(value, isPlain: isPlain), option: "--\(key) \(value)", in: &root)
    }

    var configuration = PipelineDecoder.decode(root, context: context)
    if let directory = configuration.languages {
      do throws(ConfigurationFailure) {
        configuration.languageFilesDigest = languageFilesDigest(try readLanguageFiles(directory: directory))
      } catch {
        context.append(error.faults)
      }
    }
    // A model that is named with an identifier that has none, or one that is missing, is a fault already.
    if configuration.identifyLanguage?.identifier.takesModel == true {
      do {
        try configuration.identifyLanguage?.resolveModel()
      } catch {
        context.append([ConfigurationFault(file: fileName, line: 0, column: 0, message: "identify_language: \(error)")])
      }
    } else {
      configuration.identifyLanguage?.modelDigest = nil
    }
    // A step without files is a fault already.
    if configuration.decontaminate?.evaluation.isEmpty == false {
      do {
        try configuration.decontaminate?.resolveEvaluation()
      } catch {
        context.append([ConfigurationFault(file: fileName, line: 0, column: 0, message: "decontaminate: \(error)")])
      }
    }
    try context.throwFaults()
    return configuration
  }
}
