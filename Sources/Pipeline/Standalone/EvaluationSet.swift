// An evaluation set as documents are held against it: its n-grams, and what its records are called.
import CorpusCore
import CorpusIO
import Deduplication

/// What is read of an evaluation set, and how much of it a document may hold.
struct EvaluationOptions: Sendable {
  /// Fields of an evaluation record that are compared, each by itself.
  var fields = ["text"]
  /// Words of an n-gram, 1 to 64.
  var wordsPerGram = 13
  /// Share of an evaluation record's n-grams that a document must hold; 0 is one n-gram of it.
  var minimumOverlap = 0.0
}

/// Immutable; any thread may read it.
struct EvaluationSet: Sendable {
  struct Record: Sendable {
    var id: String
    /// File and line.
    var place: String
  }
  let options: EvaluationOptions
  private(set) var index: EvaluationIndex
  private(set) var records: [Record] = []

  /// Every bad record of an evaluation set is a failure: what cannot be read cannot be kept out. The table takes at most
  /// `maximumBytes`.
  init(
    _ files: [InputFile], options: EvaluationOptions, reading: ReadOptions, maximumBytes: Int,
    fileSystem: any FileSystem
  ) throws {
    self.options = options
    index = EvaluationIndex(wordsPerGram: options.wordsPerGram, maximumBytes: maximumBytes)
    var form = WordForm()
    for file in files {
      for field in options.fields {
        var reading = reading
        reading.textField = field
        let reader = try ShardReader(
          source: ShardSource(path: file.path, size: file.size), options: reading, fileSystem: fileSystem)
        var batch = DocumentBatch()
        while try reader.next(into: &batch) {
          if let bad = batch.rejected.first {
            throw PlainFailure(.badData, "\(bad.location): \(bad.reason), in field '\(field)' of the evaluation set")
          }
          for document in batch.documents {
            batch.withBytes(document.text) { form.read($0.assumingMemoryBound(to: UInt8.self)) }
            try index.add(form)
            records.append(
              Record(
                id: String(decoding: batch.bytes[document.id], as: UTF8.self), place: "\(file.path):\(document.line)"))
          }
        }
      }
    }
    guard index.gramCount > 0 else {
      throw PlainFailure(
        .badData,
        "the evaluation set has no text of \(options.wordsPerGram) words; choose shorter n-grams or another field")
    }
  }

  /// A record's id, or its place when it has none.
  func name(_ record: Int) -> String {
    let known = records[record]
    return known.id.isEmpty ? known.place : known.id
  }
}

/// What a document was found to share with an evaluation set.
struct Contamination: Sendable {
  var record: Int
  /// Distinct n-grams of the record that the document holds.
  var matches: Int
  /// The share of the record's n-grams that they are, 0...1.
  var overlap: Double
  /// Words of the first n-gram.
  var gram: [UInt8]

  static let reason = DropReason(rawValue: "contaminated")
}

/// Holds documents against an evaluation set. Reuse one: it keeps its buffers. One thread uses it.
struct ContaminationCheck {
  let evaluation: EvaluationSet
  private var form = WordForm()
  private var found: [EvaluationMatch] = []

  init(_ evaluation: EvaluationSet) { self.evaluation = evaluation }

  /// The evaluation record of which `text` holds the largest share, the first of equal ones; nil when no share reaches the
  /// minimum. O(n).
  mutating func contamination(of text: UnsafeBufferPointer<UInt8>) -> Contamination? {
    form.read(text)
    found.removeAll(keepingCapacity: true)
    evaluation.index.forEachMatch(in: form) { found.append($0) }
    guard !found.isEmpty else { return nil }
    found.sort { ($0.record, $0.gram, $0.word) < ($1.record, $1.gram, $1.word) }
    var best: Contamination?
    var start = 0
    while start < found.count {
      var end = start
      var distinct = 0
      var first = found[start]
      while end < found.count, found[end].record == found[start].record {
        if end == start || found[end].gram != found[end - 1].gram { distinct += 1 }
        if found[end].word < first.word { first = found[end] }
        end += 1
      }
      let share = Double(distinct) / Double(max(1, evaluation.index.gramsOfRecord[first.record]))
      if share >= evaluation.options.minimumOverlap, share > best?.overlap ?? -1 {
        let range = form.range(first: first.word, count: evaluation.options.wordsPerGram)
        best = Contamination(
          record: first.record, matches: distinct, overlap: share, gram: Array(form.bytes[range].dropLast()))
      }
      start = end
    }
    return best
  }

  /// `"contamination":{…}`: a member for the document's record.
  func member(_ contamination: Contamination) -> [UInt8] {
    var object = EvidenceLine()
    object.add("record", evaluation.name(contamination.record))
    object.add("place", evaluation.records[contamination.record].place)
    contamination.gram.withUnsafeBytes { object.add("ngram", $0) }
    object.add("matches", contamination.matches)
    object.add("overlap", contamination.overlap)
    return Array("\"contamination\":".utf8) + object.finished().dropLast()
  }
}
