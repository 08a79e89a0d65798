// The merges of a tokenizer as its file lists them.

/// One merge of a vocabulary: the pair and what it becomes.
typealias Merge = (left: UInt32, right: UInt32, id: UInt32)

/// Merges, best first; never changed. In large pages where the system has them: 250,000 in others cost 700 page faults.
final class MergeList: RandomAccessCollection, @unchecked Sendable {
  // Written before it is shared.
  private let storage: RawArray<Merge>

  init(_ storage: consuming RawArray<Merge>) { self.storage = storage }

  convenience init(_ merges: [Merge]) {
    var storage = RawArray<Merge>(inLargePages: merges.count)
    for merge in merges { storage.append(merge) }
    self.init(storage)
  }

  var startIndex: Int { 0 }
  var endIndex: Int { storage.count }

  subscript(index: Int) -> Merge {
    precondition(indices.contains(index), "a merge of the list")
    return storage[index]
  }

  /// Valid while the list is.
  var elements: UnsafeBufferPointer<Merge> { storage.elements }
}
