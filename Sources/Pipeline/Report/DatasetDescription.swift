// What an exported corpus says of itself: Croissant 1.1 metadata (https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1)
// for programs, a data card in Markdown for people, a table of languages in CSV.
import CorpusCore
import Foundation

/// The facts of an export.
struct DatasetDescription: Sendable {
  struct Language: Sendable, Equatable {
    var documents = 0
    /// UTF-8 bytes of text.
    var bytes = 0
  }

  /// The run's.
  var name: String
  var version: String
  /// By code.
  var languages: [String: Language]
  /// Nil where the run did not get as far.
  var ledger: Ledger?

  private var ordered: [(code: String, value: Language)] {
    languages.map { ($0.key, $0.value) }.sorted { ($1.value.bytes, $0.code) < ($0.value.bytes, $1.code) }
  }

  private var documents: Int { languages.values.reduce(0) { $0 + $1.documents } }
  private var bytes: Int { languages.values.reduce(0) { $0 + $1.bytes } }

  private var summary: String {
    "\(Quantity.count(documents)) documents, \(Quantity.bytes(bytes)) of text in \(Quantity.count(languages.count)) "
      + "languages, cleaned and deduplicated by Xylem \(version)."
  }

  // MARK: Croissant

  /// croissant.json: sorted keys, so the same export has the same bytes. Files are described by pattern, not one by one:
  /// it is as small for a million of them.
  var croissant: [UInt8] {
    func field(_ name: String, _ meaning: String) -> [String: Any] {
      [
        "@type": "cr:Field", "@id": "documents/" + name, "name": name, "description": meaning, "dataType": "sc:Text",
        "source": ["fileSet": ["@id": "text"], "extract": ["column": name]] as [String: Any],
      ]
    }
    let metadata: [String: Any] = [
      "@context": Self.context, "@type": "sc:Dataset", "conformsTo": "http://mlcommons.org/croissant/1.1",
      "name": name.isEmpty ? "corpus" : name, "description": summary, "version": version,
      "inLanguage": ordered.map { ReportPage.languageTag($0.code).isEmpty ? $0.code : ReportPage.languageTag($0.code) },
      // Checksums are not wanted of what may still grow; a run's manifests have them.
      "isLiveDataset": true,
      "distribution": [
        [
          "@type": "cr:FileSet", "@id": "text", "name": "text",
          "description": "One folder a language; JSON Lines in Zstandard frames.",
          "encodingFormat": "application/jsonlines", "includes": "*/part-*.jsonl.zst",
        ]
      ],
      "recordSet": [
        [
          "@type": "cr:RecordSet", "@id": "documents", "name": "documents", "description": "One record a document.",
          "field": [
            field("id", "Identity, as the input gave it."), field("text", "The cleaned text."),
            field("lang", "The language's code, as the folder is called."),
          ],
        ] as [String: Any]
      ],
    ]
    let options: JSONSerialization.WritingOptions = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    guard let encoded = try? JSONSerialization.data(withJSONObject: metadata, options: options) else {
      preconditionFailure("strings, numbers and their arrays always encode")
    }
    return Array(encoded) + [0x0A]
  }

  /// The context that the specification asks for, appendix 1.
  private static var context: [String: Any] {
    var context: [String: Any] = [
      "@language": "en", "@vocab": "https://schema.org/", "sc": "https://schema.org/",
      "cr": "http://mlcommons.org/croissant/", "rai": "http://mlcommons.org/croissant/RAI/",
      "dct": "http://purl.org/dc/terms/", "conformsTo": "dct:conformsTo",
      "data": ["@id": "cr:data", "@type": "@json"], "examples": ["@id": "cr:examples", "@type": "@json"],
      "dataType": ["@id": "cr:dataType", "@type": "@vocab"],
    ]
    for term in [
      "citeAs", "column", "equivalentProperty", "extract", "field", "fileObject", "fileProperty", "fileSet", "format",
      "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex",
      "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform",
    ] {
      context[term] = "cr:" + term
    }
    return context
  }

  // MARK: Data card

  /// README.md: what is in it, where it comes from, what was taken out.
  var card: [UInt8] {
    var text = "# \(Self.escaped(name.isEmpty ? "Corpus" : name))\n\n\(summary)\n\n"
    text += "## Languages\n\n| code | language | documents | bytes | share |\n|---|---|--:|--:|--:|\n"
    for (code, language) in ordered {
      let share = ratio(language.bytes, bytes).map(Quantity.percent) ?? ""
      text += "| \(Self.escaped(code)) | \(Self.escaped(languageName(code))) | \(Quantity.count(language.documents))"
      text += " | \(Quantity.count(language.bytes)) | \(share) |\n"
    }
    if let ledger {
      text += "\n## What was taken out\n\n"
      text += "Of \(Quantity.count(ledger.read)) records read, \(Quantity.count(ledger.kept)) were kept and "
      text += "\(Quantity.count(ledger.quarantined)) were no documents.\n\n| reason | documents |\n|---|--:|\n"
      for (reason, count) in ledger.removed.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
        text += "| \(Self.escaped(reason)) | \(Quantity.count(count)) |\n"
      }
    }
    text +=
      "\n## Files\n\n`<code>/part-NNNNN.jsonl.zst`: one JSON object a line, with `id`, `text`, `lang` and the input's "
    text += "other fields. `croissant.json` describes them to programs, `languages.csv` has the table above.\n"
    return Array(text.utf8)
  }

  /// Text that Markdown shows as it stands.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in HTMLText.escaped(text).unicodeScalars {
      if scalar == "\n" || scalar == "\t" {
        result += " "
      } else {
        if "\\`*_{}[]|~$".unicodeScalars.contains(scalar) { result += "\\" }
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  // MARK: Table

  /// languages.csv (RFC 4180).
  var table: [UInt8] {
    var text = "code,name,documents,bytes\r\n"
    for (code, language) in ordered {
      text +=
        "\(ReportCSV.cell(code)),\(ReportCSV.cell(languageName(code))),\(language.documents),\(language.bytes)\r\n"
    }
    return Array(text.utf8)
  }
}
