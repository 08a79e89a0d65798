// Texts without the stretches that a step takes out of them.

/// Appends what is left of `text` without `cuts`, which ascend, do not overlap and lie within it.
public func appendRest(
  of text: UnsafeBufferPointer<UInt8>, without cuts: [Range<Int>], to output: inout [UInt8]
) {
  var start = 0
  for cut in cuts {
    output.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<cut.lowerBound]))
    start = cut.upperBound
  }
  output.append(contentsOf: UnsafeBufferPointer(rebasing: text[start...]))
}
