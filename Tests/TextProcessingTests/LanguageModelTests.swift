import CKernels
import CorpusCore
import Foundation
import TestSupport
import Testing

@testable import TextProcessing

@Suite struct LanguageModelTests {
  static let trained: LanguageModel = {
    var trainer = LanguageModelTrainer()
    trainer.bits = 12
    return trainer.train(texts(SampleText.documents.map { ($0.file, $0.text) }))
  }()

  static func texts(_ documents: [(String, [UInt8])]) -> [Language: [String: TrainingTexts]] {
    var result: [Language: [String: TrainingTexts]] = [:]
    for (file, text) in documents {
      guard let language = Language(code: file) else { continue }
      result[language, default: [:]]["sample", default: TrainingTexts(budget: 20_000)].add(text.span)
    }
    return result
  }

  @Test func `what it was trained on it finds again`() {
    let identifier = NaiveBayesIdentifier(model: Self.trained)
    var right = 0
    var total = 0
    for document in SampleText.documents where !document.file.hasPrefix("code-") && document.text.count >= 200 {
      total += 1
      if identifier.identify(document.text.span).language?.code == document.file { right += 1 }
    }
    #expect(total > 200)
    #expect(Double(right) >= 0.95 * Double(total), "\(right) of \(total)")
  }

  @Test func `a model does not depend on the order or grouping of its texts`() {
    var trainer = LanguageModelTrainer()
    trainer.bits = 10
    trainer.languageBytes = 6000
    let documents = SampleText.documents.filter { ["fr", "es", "hi", "mr", "zu"].contains($0.file) }
      .map { ($0.file, $0.text) }
    var forward: [Language: [String: TrainingTexts]] = [:]
    for (file, text) in documents {
      guard let language = Language(code: file) else { continue }
      forward[language, default: [:]]["a", default: TrainingTexts(budget: 6000)].add(text.span)
    }
    var parts: [Language: [String: TrainingTexts]] = [:]
    for (file, text) in documents.reversed() {
      guard let language = Language(code: file) else { continue }
      var one = TrainingTexts(budget: 6000)
      one.add(text.span)
      one.add(text.span)
      parts[language, default: [:]]["a", default: TrainingTexts(budget: 6000)].add(one)
    }
    #expect(trainer.train(forward) == trainer.train(parts))
  }

  @Test func `a file gives back the model`() throws {
    #expect(try LanguageModel(decoding: Self.trained.encoded()) == Self.trained)
  }

  @Test func `the program's own model is the file in models`() throws {
    let file = try Data(contentsOf: SampleText.root.appendingPathComponent("models/languages.model"))
    #expect(LanguageModel.shippedDigest == Digest128(hashing: Array(file)))
    let model = try LanguageModel.shipped()
    #expect(model.encoded() == Array(file))
    #expect(Set(model.scripts.flatMap(\.languages).map(\.code)) == Set(rootsLanguages.map(\.code)))
  }

  @Test func `damaged files are refused and never crash`() throws {
    var small = LanguageModelTrainer()
    small.bits = 6
    let good = small.train(Self.texts(SampleText.documents.map { ($0.file, $0.text) })).encoded()
    var random = SplitMix64(state: 11)
    for count in 0..<min(good.count, 700) {
      #expect(throws: LanguageModelFailure.self) { try LanguageModel(decoding: Array(good[..<count])) }
    }
    for round in 0..<3000 {
      var bytes = good
      for _ in 0...Int.random(in: 0..<4, using: &random) {
        bytes[Int.random(in: 0..<min(bytes.count, 500), using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      if round % 3 == 0 { bytes.removeLast(Int.random(in: 0..<bytes.count - 24, using: &random)) }
      if round % 2 == 0 {
        // With a right checksum, so that the checks behind it are reached.
        let hash = bytes[24...].withUnsafeBytes { hash64($0) }
        for index in 0..<8 { bytes[16 + index] = UInt8(truncatingIfNeeded: hash >> UInt64(8 * index)) }
      }
      if let model = try? LanguageModel(decoding: bytes) {
        _ = NaiveBayesIdentifier(model: model).identify(Array("Où est la bibliothèque ? यह क्या है".utf8).span)
        #expect(model.encoded().count == bytes.count)
      }
    }
  }

  @Test func `the fast sums equal the plain ones`() {
    var random = SplitMix64(state: 5)
    for languages in [2, 16, 17, 32] {
      let width = ScriptModel.width(languages: languages)
      let model = ScriptModel(
        script: .latin, languages: (0..<languages).compactMap { Language(code: "l\($0 + 10)") }, bits: 5, step: 0.1,
        weights: (0..<width << 5).map { _ in
          Bool.random(using: &random) ? 127 : Int8.random(in: -127...127, using: &random)
        })
      for count in [0, 1, 255, 256, 257, 1000, 5000] {
        let rows = (0..<count).map { _ in UInt32.random(in: 0..<32, using: &random) }
        var plain = [Int32](repeating: 0, count: languages)
        for row in rows {
          for column in 0..<languages { plain[column] += Int32(model.weights[Int(row) * width + column]) }
        }
        #expect(NaiveBayesIdentifier.sums(model, rows) == plain)
        var portable = [Int32](repeating: 0, count: 32)
        xylem_add_language_rows_portable(model.weights, width, rows, rows.count, &portable)
        #expect(Array(portable[..<languages]) == plain)
      }
    }
  }

  @Test func `buckets are those of every n-gram written out`() {
    // "ab c": n-grams of _ab_ and _c_ without lone borders, and two whole words.
    let sample = LanguageSample(Array("Ab-C’".utf8).span)
    #expect(sample.letters[..<sample.count] == [0, 97, 98, 0, 99, 0])
    #expect(sample.buckets(bits: 20).count == 8 + 1 + 4 + 1)
    #expect(sample.buckets(bits: 20) == LanguageSample(Array("aB, c".utf8).span).buckets(bits: 20))
    #expect(LanguageSample(Array("12 !?".utf8).span).buckets(bits: 20).isEmpty)
  }

  @Test(
    arguments: [
      ("Γειά σου Κόσμε", nil), ("Привет, мир", nil), ("123 🎉", nil), ("日本語のテキストです", nil), ("hello", ModelScript.latin),
      ("यह एक वाक्य है with a word", .devanagari), ("你好", .han), ("বাংলা", .bengali), ("اردو", .arabic),
    ] as [(String, ModelScript?)])
  func `the gate names the script`(text: String, script: ModelScript?) {
    #expect(LanguageSample(Array(text.utf8).span).scripts.script == script)
  }

  @Test func `variants tell simplified from traditional Chinese`() {
    let identifier = NaiveBayesIdentifier(model: Self.trained)
    #expect(identifier.identify(Array("这是一个关于语言识别的简单说明".utf8).span).language?.code == "zhs")
    #expect(identifier.identify(Array("這是一個關於語言識別的簡單說明".utf8).span).language?.code == "zht")
  }

  @Test func `two opinions: other languages, Malay, and doubt about a few letters`() {
    let identifier = OpenSetIdentifier(model: Self.trained)
    func code(_ text: String) -> String? { identifier.identify(Array(text.utf8).span).language?.code }
    #expect(code("Это предложение написано на русском языке, и в нём достаточно букв.") == "ru")
    #expect(code("Dieser Satz ist auf Deutsch geschrieben, und er hat genug Buchstaben für eine Antwort.") == "de")
    #expect(code("語言識別") == "zht")
    #expect(code("ok") == nil)
    #expect(code("123 456") == nil)
  }

  /// Long enough for a clear lead: CLD2 is left out where the letters are the language's own, and asked elsewhere.
  @Test func `in Arabic script the letters say whether it is another language`() throws {
    let identifier = OpenSetIdentifier(model: try LanguageModel.shipped())
    func code(_ text: String) -> String? { identifier.identify(Array(text.utf8).span).language?.code }
    let arabic =
      "اجتمع الطلاب في ساحة المدرسة صباح اليوم، ثم دخلوا إلى قاعة الدرس وبدأ المعلم يشرح لهم تاريخ المدينة "
      + "القديمة وأسواقها، وكيف كان الناس يعيشون فيها قبل مئات السنين."
    let urdu =
      "آج صبح طلبہ سکول کے میدان میں جمع ہوئے، پھر وہ کمرۂ جماعت میں گئے اور استاد نے انہیں پرانے شہر کی تاریخ "
      + "بتائی، کہ سینکڑوں سال پہلے یہاں کے لوگ کیسے رہتے تھے اور بڑے بازاروں میں کیا بکتا تھا۔"
    let persian =
      "امروز صبح دانش‌آموزان در حیاط مدرسه گرد هم آمدند، سپس به کلاس رفتند و آموزگار برایشان از تاریخ شهر "
      + "کهن گفت، از بازارهایش و این‌که مردم صدها سال پیش چگونه در آن زندگی می‌کردند."
    #expect(code(arabic) == "ar")
    #expect(code(urdu) == "ur")
    #expect(code(persian) == "fa")
  }

  @Test func `a short look, and leaving CLD2 out where the lead is clear, change no answer`() throws {
    let model = try LanguageModel.shipped()
    let known = Set(rootsLanguages.map(\.code) + ["ms"])
    let (fast, own, second) = (OpenSetIdentifier(model: model), NaiveBayesIdentifier(model: model), CLD2Identifier())
    for document in SampleText.documents where document.text.count >= 200 && !document.file.hasPrefix("code-") {
      let text = SampleText.clean(document)
      guard let other = second.identify(text.span).language, !known.contains(other.code) else {
        let (answer, whole) = (fast.identify(text.span), own.identify(text.span))
        #expect(answer.language == whole.language && answer.confidence >= min(0.99, whole.confidence), "\(document.id)")
        continue
      }
      // CLD2 names another language: the answer is that one, or the lead was clear.
      let answer = fast.identify(text.span)
      #expect(answer.language == other || answer.language?.code == document.file)
    }
  }

  @Test func `random bytes never crash`() {
    let identifier = NaiveBayesIdentifier(model: Self.trained)
    var random = SplitMix64(state: 9)
    for _ in 0..<3000 {
      let bytes = (0..<Int.random(in: 0...300, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      let guess = identifier.identify(bytes.span)
      #expect((0...1).contains(guess.confidence))
    }
  }
}
