// What is wrong with a pipeline file, a language file or an option: a value for each fault, with its place. Faults are
// collected and reported together, so that a file is mended in one go.
public import CorpusCore

/// One thing that is wrong, and where.
///
/// `file` is a path, or the option as typed (`--set filter.minimum_bytes=x`); an option has line and column 0.
/// Lines and columns count from 1, columns in Unicode scalars.
public struct ConfigurationFault: Hashable, Sendable, Codable, CustomStringConvertible {
  public var file: String
  public var line: Int
  public var column: Int
  public var message: String

  public init(file: String, line: Int, column: Int, message: String) {
    self.file = file
    self.line = line
    self.column = column
    self.message = message
  }

  /// `file:line:column: message`, or `--set a.b=c: message`.
  public var description: String {
    line > 0 ? "\(file):\(line):\(column): \(message)" : "\(file): \(message)"
  }
}

/// All faults of one reading, in the order of the file, those of options last. Exit status 78; 66 when the pipeline file is
/// not there or cannot be read.
public struct ConfigurationFailure: XylemFailure, Hashable {
  public let faults: [ConfigurationFault]
  public let kind: FailureKind

  public init(_ faults: [ConfigurationFault], kind: FailureKind = .configuration) {
    self.faults = faults
    self.kind = kind
  }

  /// One fault a line.
  public var description: String { faults.map(\.description).joined(separator: "\n") }
}

/// Collects the faults met while one file is read, and the keys that the reading asked for.
///
/// The keys it was asked for are the only table of keys there is: near names and `docs/configuration.md` come from it,
/// so neither can differ from what is really read.
final class ConfigurationContext {
  /// Nobody reads more, and a hostile file must not make us write them.
  static let maximumFaultCount = 100

  let fileName: String
  private(set) var faults: [ConfigurationFault] = []
  private(set) var keys: [ConfigurationKey] = []

  init(fileName: String) {
    self.fileName = fileName
  }

  /// True when no more faults are taken; whoever looks for many can stop.
  var isFull: Bool { faults.count >= Self.maximumFaultCount }

  func fault(at origin: ConfigurationOrigin, _ message: String) {
    if isFull { return }
    switch origin {
    case .file(let line, let column):
      faults.append(ConfigurationFault(file: fileName, line: line, column: column, message: message))
    case .option(let text):
      faults.append(ConfigurationFault(file: text, line: 0, column: 0, message: message))
    }
  }

  func append(_ more: [ConfigurationFault]) {
    faults.append(contentsOf: more)
  }

  func describe(_ key: ConfigurationKey) {
    keys.append(key)
  }

  /// The faults by place: the pipeline file first, then other files by name, options as they were given.
  var sortedFaults: [ConfigurationFault] {
    func place(_ fault: ConfigurationFault) -> (Int, String, Int, Int) {
      (fault.file == fileName ? 0 : 1, fault.file, fault.line, fault.column)
    }
    let inFiles = faults.filter { $0.line > 0 }.sorted { place($0) < place($1) }
    return inFiles + faults.filter { $0.line == 0 }
  }

  func throwFaults() throws(ConfigurationFailure) {
    if faults.isEmpty { return }
    let more = ConfigurationFault(
      file: fileName, line: 0, column: 0, message: "there may be more faults; these are \(faults.count)")
    throw ConfigurationFailure(sortedFaults + (isFull ? [more] : []))
  }
}
