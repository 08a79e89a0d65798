// Which places of a text are compared: winnowing (Schleimer, Wilkerson, Aiken 2003) over the hashes of short grams. Two
// passages of `window` equal bytes choose the same places in them, wherever they stand, so no repeat is overlooked.

/// Chooses places in texts.
///
/// Of the `spread` grams of `gram` bytes in each window of `window` = gram + spread - 1 bytes, the one of the smallest
/// hash is chosen, the rightmost of equal ones: at least one place a window, by its contents alone. On random text
/// 2 / (spread + 1) of all places are chosen.
public struct WindowSampler: Sendable {
  public static let windows = 16...4096

  public let window: Int
  public let gram: Int
  public let spread: Int
  private let topPower: UInt64
  private var recent: [UInt64]

  /// `window` in bytes, in `windows`.
  public init(window: Int) {
    precondition(Self.windows.contains(window), "windows have 16 to 4,096 bytes: validate the option first")
    self.window = window
    gram = (window + 1) / 2
    spread = window - gram + 1
    topPower = (1..<gram).reduce(UInt64(1)) { power, _ in power &* goldenGamma }
    recent = Array(repeating: 0, count: spread)
  }

  /// Calls `body` with place and hash of each chosen gram, in ascending order of places. Texts shorter than a window have
  /// none. O(n); memory 8 bytes a gram of a window.
  public mutating func forEachChosen(
    _ text: UnsafeBufferPointer<UInt8>, _ body: (Int, UInt64) throws -> Void
  ) rethrows {
    guard text.count >= window else { return }
    var value: UInt64 = 0
    for i in 0..<gram - 1 { value = value &* goldenGamma &+ UInt64(text[i]) &+ 1 }
    // recent[p % spread] is the hash of the gram at p; `best` is the place of the smallest of the last `spread` ones.
    var best = -1
    var bestHash = UInt64.max
    var chosen = -1
    var slot = 0
    for place in 0...text.count - gram {
      if place > 0 { value = value &- (UInt64(text[place - 1]) &+ 1) &* topPower }
      value = value &* goldenGamma &+ UInt64(text[place + gram - 1]) &+ 1
      let hash = mix64(value)
      recent[slot] = hash
      slot = slot + 1 == spread ? 0 : slot + 1
      if hash <= bestHash {
        best = place
        bestHash = hash
      } else if best <= place - spread {
        (best, bestHash) = rightmostSmallest(endingAt: place, nextSlot: slot)
      }
      if place >= spread - 1, best != chosen {
        chosen = best
        try body(best, bestHash)
      }
    }
  }

  /// `nextSlot` holds the oldest gram.
  private func rightmostSmallest(endingAt place: Int, nextSlot: Int) -> (Int, UInt64) {
    var best = 0
    var bestHash = UInt64.max
    var slot = nextSlot
    for age in 0..<spread {
      if recent[slot] <= bestHash {
        best = place - spread + 1 + age
        bestHash = recent[slot]
      }
      slot = slot + 1 == spread ? 0 : slot + 1
    }
    return (best, bestHash)
  }
}
