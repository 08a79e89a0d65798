import Deduplication
import TestSupport
import Testing

@Suite struct PassageMatcherTests {
  /// What sampler and matcher find, as marks of bytes.
  static func marks(_ texts: [[UInt8]], window: Int, contextLimit: Int = 64) -> [[Bool]] {
    var sampler = WindowSampler(window: window)
    var store: [UInt8] = []
    var starts: [Int] = []
    var places: [(hash: UInt64, place: Int)] = []
    for text in texts {
      store.append(PassageMatcher.boundary)
      starts.append(store.count)
      let start = store.count
      text.withUnsafeBufferPointer { bytes in
        sampler.forEachChosen(bytes) { place, hash in places.append((hash, start + place)) }
      }
      store += text
      store.append(PassageMatcher.boundary)
    }
    places.sort { ($0.hash, $0.place) < ($1.hash, $1.place) }
    var marked = [Bool](repeating: false, count: store.count)
    var matcher = PassageMatcher(sampler: sampler, contextLimit: contextLimit)
    store.withUnsafeBytes { bytes in
      for (index, place) in places.enumerated() {
        if index > 0, places[index - 1].hash != place.hash { matcher.reset() }
        matcher.take(place.place, in: bytes) { passage in
          #expect(passage.earlier + window <= passage.start || passage.earlier < passage.start)
          for byte in passage.start..<passage.start + passage.count { marked[byte] = true }
        }
      }
    }
    return zip(texts, starts).map { text, start in Array(marked[start..<start + text.count]) }
  }

  /// Texts of few letters with stretches copied from one to another.
  static func texts(seed: UInt64, letters: Int, count: Int, length: Int) -> [[UInt8]] {
    var random = SplitMix64(state: seed)
    var texts: [[UInt8]] = []
    for _ in 0..<count {
      var text = (0..<Int.random(in: 0...length, using: &random)).map { _ in
        UInt8(97 + Int.random(in: 0..<letters, using: &random))
      }
      for _ in 0..<3 {
        guard let from = texts.randomElement(using: &random), from.count > 4 else { continue }
        let start = Int.random(in: 0..<from.count, using: &random)
        let copy = from[start...].prefix(Int.random(in: 1...120, using: &random))
        text.insert(contentsOf: copy, at: Int.random(in: 0...text.count, using: &random))
      }
      texts.append(text)
    }
    return texts
  }

  @Test(arguments: [(16, 26), (50, 26), (50, 4), (17, 26), (33, 8)])
  func `what is found is what a suffix array finds`(window: Int, letters: Int) {
    for seed in 0..<12 as Range<UInt64> {
      let texts = Self.texts(seed: seed, letters: letters, count: 12, length: 300)
      let expected = naiveRepeatedBytes(texts, window: window)
      #expect(Self.marks(texts, window: window) == expected)
      if window == 16, letters == 26 { #expect(expected.contains { $0.contains(true) }) }
    }
  }

  @Test func `runs of one letter keep their first window`() {
    let run = [UInt8](repeating: 45, count: 500)
    let marks = Self.marks([run, run], window: 50)
    #expect(marks == naiveRepeatedBytes([run, run], window: 50))
    #expect(marks[0].firstIndex(of: true) == 50)
    #expect(!marks[1].contains(false))
  }

  @Test func `empty and short texts have no places, and NUL is a byte like another`() {
    let texts: [[UInt8]] = [[], [0], [UInt8](repeating: 0, count: 15), [UInt8](repeating: 0, count: 60)]
    #expect(Self.marks(texts, window: 16) == naiveRepeatedBytes(texts, window: 16))
  }

  @Test func `few contexts find less, never more`() {
    let texts = Self.texts(seed: 99, letters: 2, count: 12, length: 200)
    let all = naiveRepeatedBytes(texts, window: 16).joined()
    let found = Self.marks(texts, window: 16, contextLimit: 1).joined()
    #expect(zip(all, found).allSatisfy { $0 || !$1 })
  }

  @Test func `cuts are drawn in to whole characters and joined where they touch`() {
    let text = Array("aé漢字b".utf8)
    let cutter = PassageCutter()
    text.withUnsafeBufferPointer { bytes in
      #expect(cutter.cuts([2..<5, 5..<8], in: bytes) == [3..<6])
      #expect(cutter.cuts([4..<5], in: bytes) == [])
      #expect(cutter.cuts([0..<1, 9..<10], in: bytes) == [0..<1, 9..<10])
      var rest: [UInt8] = []
      appendRest(of: bytes, without: [3..<6], to: &rest)
      #expect(rest == Array("aé字b".utf8))
    }
  }
}
