// Byte-pair merging as the paper tells it: the plain twin of the encoder's merge loops.

/// Merges one piece by looking at every pair in every round. O(n^2).
public enum NaiveBytePairEncoder {
  /// `ids` of single symbols in; merged ids out. `rank` gives a pair's rank and the id it makes.
  public static func merge(
    _ ids: [UInt32], rank: (UInt32, UInt32) -> (rank: Int, id: UInt32)?
  ) -> [UInt32] {
    var ids = ids
    while true {
      var best: (rank: Int, id: UInt32, at: Int)?
      for at in ids.indices.dropLast() {
        if let found = rank(ids[at], ids[at + 1]), found.rank < best?.rank ?? .max {
          best = (found.rank, found.id, at)
        }
      }
      guard let best else { return ids }
      ids.replaceSubrange(best.at...best.at + 1, with: [best.id])
    }
  }
}
