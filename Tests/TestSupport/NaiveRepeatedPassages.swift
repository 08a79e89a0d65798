// The plain twin of passage matching: a suffix array over all texts, as in Lee et al. 2021, by sorting suffixes.

/// For each byte of each text whether it lies in a window of `window` bytes that stands before: in an earlier text, or
/// earlier in the same one without overlapping it. O(n log n) comparisons of whole suffixes: for small texts.
public func naiveRepeatedBytes(_ texts: [[UInt8]], window: Int) -> [[Bool]] {
  struct Suffix {
    var text: Int
    var start: Int
  }
  func head(_ suffix: Suffix) -> ArraySlice<UInt8> { texts[suffix.text][suffix.start...].prefix(window) }
  var suffixes: [Suffix] = []
  for (index, text) in texts.enumerated() where text.count >= window {
    for start in 0...text.count - window { suffixes.append(Suffix(text: index, start: start)) }
  }
  suffixes.sort { a, b in
    if !head(a).elementsEqual(head(b)) { return head(a).lexicographicallyPrecedes(head(b)) }
    return (a.text, a.start) < (b.text, b.start)
  }
  var marks = texts.map { [Bool](repeating: false, count: $0.count) }
  var first = 0
  for index in suffixes.indices {
    if !head(suffixes[index]).elementsEqual(head(suffixes[first])) { first = index }
    let here = suffixes[index]
    let earliest = suffixes[first]
    guard earliest.text != here.text || here.start - earliest.start >= window else { continue }
    for byte in here.start..<here.start + window { marks[here.text][byte] = true }
  }
  return marks
}
