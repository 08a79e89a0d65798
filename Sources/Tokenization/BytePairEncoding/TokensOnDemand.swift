// The tokens of a model, by id and by bytes, when they are asked for.
import Synchronization

/// The table of all tokens. Encoding asks only for a few of them, and a compiled tokenizer has only those: what merges make
/// has the bytes of its parts. Making the others takes longer than everything else that loading one does.
final class TokensOnDemand: Sendable {
  /// What the whole table is made of: tokens that no merge makes, merges, and added tokens outside of the vocabulary.
  struct Parts: Sendable {
    let listed: TokenTable
    let merges: MergeTable
    let outside: [(bytes: [UInt8], id: UInt32)]
  }

  private let parts: Parts?
  /// nil: not asked for yet.
  private let made: Mutex<TokenTable?>
  /// Largest id + 1.
  let size: Int

  init(_ table: TokenTable) {
    parts = nil
    made = Mutex(table)
    size = table.size
  }

  /// Every symbol of a merge that can happen has a length, and all of them together are at most 2^30 bytes.
  init(_ parts: Parts, size: Int) {
    self.parts = parts
    made = Mutex(nil)
    self.size = size
  }

  /// O(bytes of all tokens) the first time.
  var table: TokenTable {
    made.withLock { made in
      if let made { return made }
      guard let parts else { preconditionFailure("there is a table, or what it is made of") }
      let table = parts.listed.adding(madeBy: parts.merges, outside: parts.outside)
      made = table
      return table
    }
  }
}
