// Merging in any order with the same result, for summaries whose merge is commutative but not associative: the numbers of
// the parts decide who is merged with whom, as in a binary tree over 0, 1, 2, ..., and not the moment they arrive.

/// Summaries of numbered parts on their way to one.
public struct OrderedMerge<Summary: Sendable>: Sendable {
  private struct Node: Hashable, Comparable {
    /// A node of level n stands for the parts from `number` << n on.
    var level: Int
    var number: Int

    static func < (a: Node, b: Node) -> Bool {
      let (left, right) = (a.number << a.level, b.number << b.level)
      return (left, a.level) < (right, b.level)
    }
  }

  private var waiting: [Node: Summary] = [:]
  private let combine: @Sendable (inout Summary, Summary) -> Void

  public init(_ combine: @escaping @Sendable (inout Summary, Summary) -> Void) { self.combine = combine }

  /// Takes in the part called `number`, each once. As many summaries wait as the parts so far have gaps, and log2 of
  /// their number when they come in order.
  public mutating func add(_ summary: Summary, number: Int) {
    precondition(number >= 0 && number < 1 << 48, "parts are numbered from 0")
    insert(summary, at: Node(level: 0, number: number))
  }

  private mutating func insert(_ summary: Summary, at place: Node) {
    var node = place
    var summary = summary
    while let sibling = waiting.removeValue(forKey: Node(level: node.level, number: node.number ^ 1)) {
      if node.number & 1 == 0 {
        combine(&summary, sibling)
      } else {
        var left = sibling
        combine(&left, summary)
        summary = left
      }
      node = Node(level: node.level + 1, number: node.number >> 1)
    }
    precondition(waiting.updateValue(summary, forKey: node) == nil, "a part was merged twice")
  }

  /// Takes in what others merged of other parts.
  public mutating func merge(_ other: OrderedMerge) {
    for (node, summary) in other.waiting.sorted(by: { $0.key < $1.key }) { insert(summary, at: node) }
  }

  /// All parts as one, from left to right; nil when there are none.
  public var result: Summary? {
    var result: Summary?
    for (_, summary) in waiting.sorted(by: { $0.key < $1.key }) {
      if var left = result {
        combine(&left, summary)
        result = left
      } else {
        result = summary
      }
    }
    return result
  }
}
