// A plain table for the terminal: the first column to the left, the others to the right.

func table(_ rows: [[String]]) -> String {
  guard let columns = rows.map(\.count).max() else { return "" }
  let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
  return rows.map { row in
    var line = ""
    for (column, cell) in row.enumerated() {
      let padding = String(repeating: " ", count: widths[column] - cell.count)
      line += column == 0 ? cell + padding : "  " + padding + cell
    }
    return line
  }.joined(separator: "\n")
}
