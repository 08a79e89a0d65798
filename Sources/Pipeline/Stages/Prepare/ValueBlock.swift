// What the filters measured in the documents of one language, column by column: the content of a frame of a values/ file
// (docs/formats/values.md).
import CorpusCore
import TextProcessing

/// Rows in the order of the documents, one for each that was read, kept or not.
struct ValueBlock {
  /// Rows of a block at most: with 12 columns 4 MB.
  static let maximumRows = 1 << 16
  static let magic = Array("XYLMVAL1".utf8)

  let columns: [FilterValue]
  private(set) var rows = 0
  private var ids: [UInt8] = []
  private var fates: [UInt8] = []
  private var reasons: [String] = []
  private var cells: [[UInt8]]

  init(columns: [FilterValue]) {
    // A value that two filters look at is one column.
    var seen: Set<FilterValue> = []
    self.columns = columns.filter { seen.insert($0).inserted }
    cells = [[UInt8]](repeating: [], count: self.columns.count)
  }

  /// `reason` is nil for a kept document.
  mutating func append(id: UInt64, reason: String?, values: FilterValues) {
    rows += 1
    appendLittleEndian(id, to: &ids)
    fates.append(reason.map { fate(of: $0) } ?? 0)
    for (index, column) in columns.enumerated() {
      let bits = Float(values[column]).bitPattern
      withUnsafeBytes(of: bits.littleEndian) { cells[index].append(contentsOf: $0) }
    }
  }

  /// 1 and up; 255 stands for all reasons beyond the 254th, which there are not.
  private mutating func fate(of reason: String) -> UInt8 {
    if let known = reasons.firstIndex(of: reason) { return UInt8(min(known + 1, 255)) }
    if reasons.count < 255 { reasons.append(reason) }
    return UInt8(reasons.count)
  }

  var bytes: [UInt8] {
    var bytes = Self.magic
    appendLittleEndian32(rows, to: &bytes)
    appendLittleEndian32(columns.count, to: &bytes)
    appendLittleEndian32(reasons.count, to: &bytes)
    for name in columns.map(\.name) + reasons {
      bytes.append(UInt8(truncatingIfNeeded: min(name.utf8.count, 255)))
      bytes.append(contentsOf: name.utf8.prefix(255))
    }
    bytes.append(contentsOf: ids)
    bytes.append(contentsOf: fates)
    for cell in cells { bytes.append(contentsOf: cell) }
    return bytes
  }
}

private func appendLittleEndian32(_ value: Int, to bytes: inout [UInt8]) {
  withUnsafeBytes(of: UInt32(truncatingIfNeeded: value).littleEndian) { bytes.append(contentsOf: $0) }
}
