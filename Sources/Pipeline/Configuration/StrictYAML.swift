// YAML from strangers, read with Yams into a ConfigurationNode: one document, no anchors, shallow, at most 1 MiB.
// The bounds are checked on the bytes first, because Yams composes by recursion and hashes whole keys.
import Yams

enum StrictYAML {
  static let maximumByteCount = 1 << 20
  /// Lists and mappings in flow style (`[` and `{`) in a whole file; a real pipeline has a few dozen.
  static let maximumOpenerCount = 512
  /// Columns of indentation, `- - -` counted; every block level takes at least one.
  static let maximumIndentation = 128
  /// Depth of the tree; a real pipeline has 5.
  static let maximumDepth = 12

  /// The tree of the one document in `bytes`, or nil for an empty file. O(n).
  static func tree(of bytes: [UInt8], fileName: String) throws(ConfigurationFailure) -> ConfigurationNode? {
    func failure(_ line: Int, _ column: Int, _ message: String) -> ConfigurationFailure {
      ConfigurationFailure([ConfigurationFault(file: fileName, line: line, column: column, message: message)])
    }
    guard bytes.count <= maximumByteCount else {
      throw failure(1, 1, "the file is larger than \(ByteSize.text(maximumByteCount)) bytes; a pipeline file is small")
    }
    let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    var scan = ByteScan()
    if let problem = scan.firstProblem(in: body) { throw failure(scan.line, scan.column, problem) }
    guard let text = String(validating: body, as: UTF8.self) else {
      let place = invalidUTF8Place(in: body)
      throw failure(place.line, place.column, "the bytes here are not UTF-8")
    }

    let root: Node?
    do {
      root = try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot()
    } catch let error as YamlError {
      throw ConfigurationFailure([fault(from: error, fileName: fileName)])
    } catch {
      throw failure(1, 1, "not YAML: \(error)")
    }
    guard let root else { return nil }
    let context = ConfigurationContext(fileName: fileName)
    let tree = convert(root, depth: 1, context: context)
    try context.throwFaults()
    return tree
  }

  private static func convert(_ node: Node, depth: Int, context: ConfigurationContext) -> ConfigurationNode {
    let origin = origin(of: node)
    // An anchored node is never entered: what it holds could be shared without bound.
    if node.anchor != nil {
      context.fault(at: origin, "anchors and aliases are not allowed here; write the value out")
      return ConfigurationNode(.scalar("", isPlain: true), at: origin)
    }
    if depth > maximumDepth {
      context.fault(at: origin, "nested more than \(maximumDepth) levels deep")
      return ConfigurationNode(.scalar("", isPlain: true), at: origin)
    }
    switch node {
    case .scalar(let scalar):
      return ConfigurationNode(.scalar(scalar.string, isPlain: scalar.style == .plain), at: origin)
    case .sequence(let items):
      return ConfigurationNode(.sequence(items.map { convert($0, depth: depth + 1, context: context) }), at: origin)
    case .mapping(let pairs):
      var entries: [ConfigurationNode.Entry] = []
      for (key, value) in pairs {
        guard case .scalar(let name) = key else {
          let kind = key.sequence != nil ? "a list" : "a mapping"
          context.fault(at: Self.origin(of: key), "expected a key, found \(kind)")
          continue
        }
        entries.append(
          .init(
            key: name.string, keyOrigin: Self.origin(of: key),
            value: convert(value, depth: depth + 1, context: context)))
      }
      return ConfigurationNode(.mapping(entries), at: origin)
    case .alias:
      context.fault(at: origin, "anchors and aliases are not allowed here; write the value out")
      return ConfigurationNode(.scalar("", isPlain: true), at: origin)
    }
  }

  private static func origin(of node: Node) -> ConfigurationOrigin {
    guard let mark = node.mark else { return .file(line: 1, column: 1) }
    return .file(line: mark.line, column: mark.column)
  }

  private static func fault(from error: YamlError, fileName: String) -> ConfigurationFault {
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
      let story = context.map { "\(problem) \($0.text) (begun at line \($0.mark.line))" } ?? problem
      return ConfigurationFault(
        file: fileName, line: mark.line, column: mark.column, message: "not valid YAML: \(story)")
    case .composer(_, let problem, let mark, _):
      let hint = problem.contains("alias") ? "; put quotes around a value that begins with *" : ""
      return ConfigurationFault(
        file: fileName, line: mark.line, column: mark.column, message: "not valid YAML: \(problem)\(hint)")
    case .duplicatedKeysInMapping(let names, let context):
      let list = names.sorted().map(quoted).joined(separator: ", ")
      return ConfigurationFault(
        file: fileName, line: context.mark.line, column: context.mark.column,
        message: "key \(list) is given more than once in one mapping (here for the first time)")
    case .reader(let problem, let offset, _, let text):
      let before = text.prefix(offset ?? 0)
      let line = before.split(separator: "\n", omittingEmptySubsequences: false)
      return ConfigurationFault(
        file: fileName, line: max(1, line.count), column: (line.last?.unicodeScalars.count ?? 0) + 1,
        message: "not valid YAML: \(problem)")
    default:
      return ConfigurationFault(file: fileName, line: 1, column: 1, message: "not valid YAML, or nested too deep")
    }
  }

  private static func invalidUTF8Place(in bytes: [UInt8]) -> (line: Int, column: Int) {
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    var line = 1
    var column = 1
    while case .scalarValue(let scalar) = decoder.decode(&iterator) {
      if scalar == "\n" {
        line += 1
        column = 1
      } else {
        column += 1
      }
    }
    return (line, column)
  }
}

/// One walk over the bytes for what must not reach a recursive parser. It errs on the strict side: it knows no quotes
/// and no comments, so nothing can be hidden from it in them.
private struct ByteScan {
  var line = 1
  var column = 1

  mutating func firstProblem(in bytes: [UInt8]) -> String? {
    var openers = 0
    var isLeading = true
    var previous: UInt8 = 10
    for (index, byte) in bytes.enumerated() {
      if byte == 10 || (byte == 13 && !(index + 1 < bytes.count && bytes[index + 1] == 10)) {
        line += 1
        column = 1
        isLeading = true
        previous = 10
        continue
      }
      if (byte < 32 && byte != 9 && byte != 13) || byte == 127 {
        return "a control character (byte \(byte)) is not allowed"
      }
      if byte == 91 || byte == 123 {
        openers += 1
        if openers > StrictYAML.maximumOpenerCount { return "more than \(StrictYAML.maximumOpenerCount) [ and {" }
      }
      if isLeading {
        isLeading = byte == 32 || byte == 9 || byte == 45 || byte == 63 || byte == 58
        if !isLeading && byte != 35 && column > StrictYAML.maximumIndentation {
          return "indented more than \(StrictYAML.maximumIndentation) columns"
        }
      }
      // `&name` where a value may begin; `R&D` and ` & ` are no anchors.
      if byte == 38, [10, 32, 9, 91, 123, 44].contains(previous), index + 1 < bytes.count,
        ![10, 13, 32, 9, 44, 93, 125, 34, 39].contains(bytes[index + 1])
      {
        return "anchors and aliases are not allowed here; write the value out"
      }
      previous = byte
      // Continuation bytes belong to the scalar before them.
      if byte & 0xC0 != 0x80 { column += 1 }
    }
    return nil
  }
}
