// Tables of groups of columns for the terminal: packed side by side while they fit, the rest in further tables.

/// Columns that belong together, under a title.
struct FertilityGroup {
  var title: String
  /// Header and cells of each column; all columns have as many cells.
  var columns: [(header: String, cells: [String])]

  init(_ title: String, _ columns: [(header: String, cells: [String])]) {
    self.title = title
    self.columns = columns
  }

  /// A column of its own: its title stands right over its header.
  init(_ title: String, _ header: String, _ cells: [String]) { self.init(title, [(header, cells)]) }
}

/// Tables of the names and as many groups each as `width` characters hold (one at least), a blank line between tables.
func fertilityTables(names: (header: String, cells: [String]), groups: [FertilityGroup], width: Int) -> String {
  let nameWidth = ([names.header] + names.cells).map(\.count).max() ?? 0
  let measured = groups.map { MeasuredGroup($0) }
  var tables: [[MeasuredGroup]] = []
  var room = 0
  for group in measured {
    if tables.isEmpty || group.width + 2 > room {
      tables.append([])
      room = width - nameWidth
    }
    tables[tables.count - 1].append(group)
    room -= group.width + 2
  }
  func left(_ text: String) -> String { text + String(repeating: " ", count: nameWidth - text.count) }
  return tables.map { groups in
    var lines = [left("") + groups.map { "  " + $0.title }.joined()]
    lines.append(left(names.header) + groups.map { "  " + $0.headers }.joined())
    for (index, name) in names.cells.enumerated() {
      lines.append(left(name) + groups.map { "  " + $0.line(index) }.joined())
    }
    return lines.map { line in
      String(line.reversed().drop { $0 == " " }.reversed())
    }.filter { !$0.isEmpty }.joined(separator: "\n")
  }.joined(separator: "\n\n")
}

/// A group with its columns made as wide as they have to be.
private struct MeasuredGroup {
  let title: String
  let headers: String
  let width: Int
  private let group: FertilityGroup
  private let widths: [Int]

  init(_ group: FertilityGroup) {
    self.group = group
    var widths = group.columns.map { column in ([column.header] + column.cells).map(\.count).max() ?? 0 }
    let gaps = 2 * max(widths.count - 1, 0)
    let missing = group.title.count - widths.reduce(gaps, +)
    if missing > 0, !widths.isEmpty { widths[0] += missing }
    self.widths = widths
    width = widths.reduce(gaps, +)
    title = Self.right(group.title, width)
    headers = zip(group.columns, widths).map { Self.right($0.header, $1) }.joined(separator: "  ")
  }

  func line(_ index: Int) -> String {
    zip(group.columns, widths).map { Self.right($0.cells[index], $1) }.joined(separator: "  ")
  }

  private static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}

/// Numbers of the tables; "-" where there is none.
enum FertilityNumber {
  static func decimal(_ value: Double?, _ places: Int) -> String {
    value.map { Quantity.decimal($0, places: places) } ?? "-"
  }

  static func percent(_ share: Double?) -> String { share.map { decimal($0 * 100, 1) + "%" } ?? "-" }

  /// With a sign: `+12.3%`.
  static func difference(_ percent: Double?) -> String {
    guard let percent else { return "-" }
    let text = decimal(percent.magnitude, 1)
    return (text == "0.0" ? " " : percent < 0 ? "-" : "+") + text + "%"
  }
}
