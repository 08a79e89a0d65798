// What commands about languages take from a record: the language of its label, and its text in normal form.
import CorpusCore
import TextProcessing

extension DocumentBatch {
  /// The language that the record's label names; nil without a label, or with one that names none.
  func labelledLanguage(of document: DocumentRecord) -> Language? {
    document.languageLabel.isEmpty ? nil : canonicalLanguage(label: bytes.span.extracting(document.languageLabel))
  }
}

/// Brings texts to the form that pipelines identify, one after another in one buffer. One thread uses it.
struct TextNormalizing {
  private let normalizer = Normalizer(options: NormalizationOptions())
  private(set) var text: [UInt8] = []

  /// `text` is that of the document from here on.
  mutating func load(_ document: DocumentRecord, of batch: DocumentBatch) {
    text.removeAll(keepingCapacity: true)
    var counts = NormalizationCounts()
    normalizer.normalize(batch.bytes.span.extracting(document.text), isCode: false, into: &text, counts: &counts)
  }
}
