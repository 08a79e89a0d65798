// The sample corpus and the language files, read the simple way for tests.
import Foundation

@testable import TextProcessing

struct SampleDocument {
  var id: String
  var text: [UInt8]
  var language: String?
  var file: String
}

enum SampleText {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static let documents: [SampleDocument] = {
    let folder = root.appendingPathComponent("sample-data")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    var documents: [SampleDocument] = []
    for name in names.sorted() where name.hasSuffix(".jsonl") {
      guard let data = try? Data(contentsOf: folder.appendingPathComponent(name)) else { continue }
      for line in data.split(separator: 0x0A) {
        guard let record = try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any],
          let id = record["id"] as? String, let text = record["text"] as? String
        else { continue }
        documents.append(
          SampleDocument(
            id: id, text: Array(text.utf8), language: record["lang"] as? String, file: String(name.dropLast(6))))
      }
    }
    return documents
  }()

  static let byID: [String: SampleDocument] = Dictionary(documents.map { ($0.id, $0) }) { first, _ in first }

  static func clean(_ document: SampleDocument) -> [UInt8] {
    normalized(document.text, isCode: document.file.hasPrefix("code-"))
  }

  /// The settings of pipelines/languages/<code>.yaml; enough YAML for those files.
  static func settings(_ code: String) -> LanguageSettings {
    let name = code.hasPrefix("code") ? "code" : code
    var settings = LanguageSettings(code: code)
    let url = root.appendingPathComponent("pipelines/languages/\(name).yaml")
    guard let file = try? String(contentsOf: url, encoding: .utf8) else { return settings }
    var section = ""
    for line in file.split(separator: "\n") {
      if let first = line.first, first != " ", first != "#" { section = String(line.prefix { $0 != ":" }) }
      let bare = line.split(separator: "#", omittingEmptySubsequences: false)[0]
      let parts = bare.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
      guard parts.count == 2 else { continue }
      if parts[0] == "stop_words" {
        settings.stopWords = parts[1].trimmingCharacters(in: CharacterSet(charactersIn: "[]")).split(separator: ",")
          .map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " \"")) }
      } else if parts[0] == "word_segmentation" {
        settings.wordSegmentation = parts[1] == "icu" ? .icu : .whitespace
      } else if section == "filters", let key = FilterThresholds.keyNames.first(where: { $0.name == parts[0] }) {
        settings.thresholds[keyPath: key.path] = Double(parts[1])
      }
    }
    return settings
  }
}

func normalized(
  _ text: [UInt8], isCode: Bool = false, options: NormalizationOptions = NormalizationOptions()
) -> [UInt8] {
  var output: [UInt8] = []
  var counts = NormalizationCounts()
  Normalizer(options: options).normalize(text.span, isCode: isCode, into: &output, counts: &counts)
  return output
}

func normalized(_ text: String, isCode: Bool = false) -> String {
  String(decoding: normalized(Array(text.utf8), isCode: isCode), as: UTF8.self)
}

func redacted(_ text: String, isCode: Bool = false, kinds: Set<RedactionKind> = Set(RedactionKind.allCases)) -> String {
  var output: [UInt8] = []
  var counts = RedactionCounts()
  let found = Redactor(kinds: kinds).redact(Array(text.utf8).span, isCode: isCode, into: &output, counts: &counts)
  return found ? String(decoding: output, as: UTF8.self) : text
}
