// `xylem tokenizer fertility`: how many tokens a word costs in each language of some text.
import CorpusCore
import Synchronization
import TextProcessing
import Tokenization

/// Encodes the input and counts; languages are those of the records, else "und".
public func measureFertility(
  _ pass: InputPass, model: TokenizerModel, observer: any RunObserver
) throws -> FertilityTable {
  let counts = Mutex<[String: EncodeCounts]>([:])
  _ = try pass.run(stage: "fertility", observer: observer) { sources, reader in
    let encoder = BytePairEncoder(model: model, specialTokensInText: .text)
    var found: [String: EncodeCounts] = [:]
    var ids: [UInt32] = []
    try reader.forEachBatch(sources) { batch in
      for document in batch.documents {
        let text = batch.bytes.span.extracting(document.text)
        let label = canonicalLanguage(label: batch.bytes.span.extracting(document.languageLabel)) ?? .undetermined
        ids.removeAll(keepingCapacity: true)
        encoder.encode(text, into: &ids)
        var row = found[label.code] ?? EncodeCounts(language: label.code)
        row.documents += 1
        row.tokens += ids.count
        row.bytes += text.count
        row.words += wordCount(text)
        found[label.code] = row
      }
    }
    return found
  } commit: { found in
    counts.withLock { counts in
      for (language, row) in found {
        var sum = counts[language] ?? EncodeCounts(language: language)
        sum.documents += row.documents
        sum.tokens += row.tokens
        sum.bytes += row.bytes
        sum.words += row.words
        counts[language] = sum
      }
    }
  }
  return FertilityTable(encoded: counts.withLock { Array($0.values) })
}
