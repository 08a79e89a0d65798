// General categories of code points as Hugging Face's regular expressions have them. C holds the generated tables.
import CKernels

enum UnicodeCategories {
  /// Code points that follow each other and have one category.
  struct Range {
    var first: UInt32
    var last: UInt32
    /// The raw value of an `xylem_category`.
    var category: UInt32
  }

  /// All code points, ascending.
  static let ranges: [Range] = {
    var count = 0
    let starts = UnsafeBufferPointer(start: xylem_category_starts(&count), count: count)
    return starts.indices.map { index in
      let last = index + 1 < starts.count ? starts[index + 1] >> 8 - 1 : 0x10FFFF
      return Range(first: starts[index] >> 8, last: last, category: starts[index] & 0xFF)
    }
  }()

  /// Word characters that are neither letter, mark, decimal digit nor connector.
  static let extraWords: [ClosedRange<UInt32>] = {
    var count = 0
    let bounds = UnsafeBufferPointer(start: xylem_extra_word_ranges(&count), count: count)
    return stride(from: 0, to: bounds.count - 1, by: 2).map { bounds[$0]...bounds[$0 + 1] }
  }()
}
