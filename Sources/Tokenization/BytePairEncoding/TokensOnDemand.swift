// The tokens of a model, by id and by bytes, when they are asked for.
import Synchronization

/// All tokens. Encoding asks only for a few of them, and a compiled tokenizer has only those: what merges make has the bytes
/// of its parts. Making the others takes longer than everything else that loading one does. Ids by bytes take most memory,
/// which is better left to an encoder's tables.
final class TokensOnDemand: Sendable {
  /// What the whole table is made of: tokens that no merge makes, merges, and added tokens outside of the vocabulary.
  struct Parts: Sendable {
    let listed: TokenTable
    let merges: MergeTable
    let outside: [(bytes: [UInt8], id: UInt32)]
  }

  private enum Source: Sendable {
    case tokens(TokenBytes)
    case parts(Parts)
  }

  private let source: Source
  /// nil: not asked for yet.
  private let made: Mutex<TokenTable?>
  /// Largest id + 1.
  let size: Int

  /// `isNeeded`: ids by bytes will be asked for.
  init(_ table: TokenTable, isNeeded: Bool) {
    source = .tokens(table.tokens)
    made = Mutex(isNeeded ? table : nil)
    size = table.size
  }

  /// Every symbol of a merge that can happen has a length, and all of them together are at most 2^30 bytes.
  init(_ parts: Parts, size: Int) {
    source = .parts(parts)
    made = Mutex(nil)
    self.size = size
  }

  /// O(bytes of all tokens) the first time.
  var table: TokenTable {
    made.withLock { made in
      if let made { return made }
      let table =
        switch source {
        case .tokens(let tokens): TokenTable(tokens)
        case .parts(let parts): parts.listed.adding(madeBy: parts.merges, outside: parts.outside)
        }
      made = table
      return table
    }
  }

  /// Tokens by id; O(bytes of all of them) the first time, where they are made of parts.
  var tokens: TokenBytes {
    if case .tokens(let tokens) = source { return tokens }
    return table.tokens
  }
}
