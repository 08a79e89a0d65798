// Sizes as areas: a squarified treemap (Bruls, Huizing, van Wijk 2000), as ROOTS drew its languages.

/// A picture whose areas are proportional to the values.
struct Treemap {
  struct Item {
    var name: String
    /// What stands where there is no room for the name.
    var short: String
    var detail: String
    var value: Double
    /// A class of the style sheet.
    var style: String
  }

  struct Cell {
    var item: Item
    var x: Double
    var y: Double
    var width: Double
    var height: Double
  }

  /// Where the picture stands: its shape is what the layout aims at. The height is kept, the width is what the page has.
  struct Frame {
    /// The class of the style sheet that shows it.
    var style: String
    var width: Double
    var height: Double
    /// Widths, in pixels, from which on more words have room; the style sheet has a rule for each.
    var steps: [Int]

    static let desk = Frame(style: "desk", width: 1040, height: 420, steps: [688, 780, 860, 940, 1020])
    static let phone = Frame(style: "phone", width: 360, height: 660, steps: [300, 350, 420, 520, 640])
  }

  let cells: [Cell]
  let summary: String
  let frame: Frame

  init(_ items: [Item], summary: String, frame: Frame) {
    self.summary = summary
    self.frame = frame
    let ordered = items.filter { $0.value > 0 && $0.value.isFinite }.sorted {
      ($1.value, $0.name) < ($0.value, $1.name)
    }
    let total = ordered.reduce(0) { $0 + $1.value }
    var cells: [Cell] = []
    var left = Cell(
      item: Item(name: "", short: "", detail: "", value: 0, style: ""), x: 0, y: 0, width: frame.width,
      height: frame.height)
    var next = 0
    let scale = total > 0 ? frame.width * frame.height / total : 0
    while next < ordered.count, left.width > 0, left.height > 0 {
      // Add to the row along the shorter side for as long as its worst cell gets squarer.
      let side = min(left.width, left.height)
      var end = next + 1
      while end < ordered.count,
        Self.worst(ordered[next...end], scale, side) <= Self.worst(ordered[next..<end], scale, side)
      {
        end += 1
      }
      let area = ordered[next..<end].reduce(0) { $0 + $1.value } * scale
      let depth = area / side
      var offset = 0.0
      for item in ordered[next..<end] {
        let length = item.value * scale / depth
        cells.append(
          left.width >= left.height
            ? Cell(item: item, x: left.x, y: left.y + offset, width: depth, height: length)
            : Cell(item: item, x: left.x + offset, y: left.y, width: length, height: depth))
        offset += length
      }
      if left.width >= left.height {
        left.x += depth
        left.width -= depth
      } else {
        left.y += depth
        left.height -= depth
      }
      next = end
    }
    self.cells = cells
  }

  private static func worst(_ row: ArraySlice<Item>, _ scale: Double, _ side: Double) -> Double {
    let areas = row.map { $0.value * scale }
    let sum = areas.reduce(0, +)
    guard sum > 0, let largest = areas.max(), let smallest = areas.min() else { return .infinity }
    return max(side * side * largest / (sum * sum), sum * sum / (side * side * smallest))
  }

  var markup: String {
    var html =
      "<svg class=\"treemap \(frame.style)\" role=\"img\" aria-label=\"" + HTMLText.escaped(summary) + "\">"
    for cell in cells {
      // A nested picture clips its words at the cell's edge.
      html += "<svg x=\"\(SVG.percent(cell.x / frame.width))\" y=\"\(SVG.percent(cell.y / frame.height))\""
      html += " width=\"\(SVG.percent(cell.width / frame.width))\""
      html += " height=\"\(SVG.percent(cell.height / frame.height))\">"
      html += SVG.title(cell.item.name + ": " + cell.item.detail)
      html += "<rect class=\"\(cell.item.style)\" width=\"100%\" height=\"100%\"/>"
      if cell.height >= 16 { html += labels(of: cell) }
      html += "</svg>\n"
    }
    return html + "</svg>"
  }

  /// The name where it fits and the short one below that width; the detail where there is a line for it.
  private func labels(of cell: Cell) -> String {
    let top = min(19, cell.height / 2 + 4)
    func text(_ words: String, y: Double, style: String) -> String {
      "<text x=\"6\" y=\"\(Int(y))\" class=\"\(style)\">" + HTMLText.escaped(words) + "</text>"
    }
    // Pixels a letter at these sizes, and of room beside.
    let named = step(cell, pixels: Self.width(of: cell.item.name, perLetter: 7.6))
    var html = named.map { text(cell.item.name, y: top, style: "from\($0)") } ?? ""
    let short = step(cell, pixels: Self.width(of: cell.item.short, perLetter: 7.6))
    if let short, named.map({ short < $0 }) ?? true {
      html += text(cell.item.short, y: top, style: "from\(short)" + (named.map { " until\($0)" } ?? ""))
    }
    let detailed = step(cell, pixels: Self.width(of: cell.item.detail, perLetter: 6.4))
    if cell.height >= 44, let named, let detailed {
      html += text(cell.item.detail, y: 37, style: "detail from\(max(named, detailed))")
    }
    return html
  }

  /// Cells in which no width gives the name room, largest first.
  var unnamed: [Item] {
    cells.filter { $0.height < 16 || step($0, pixels: Self.width(of: $0.item.name, perLetter: 7.6)) == nil }.map(\.item)
      .sorted { ($1.value, $0.name) < ($0.value, $1.name) }
  }

  private static func width(of words: String, perLetter: Double) -> Double {
    Double(words.unicodeScalars.count) * perLetter + 9
  }

  /// The narrowest picture in which `pixels` have room in the cell; nil when none of the steps is wide enough.
  private func step(_ cell: Cell, pixels: Double) -> Int? {
    frame.steps.first { cell.width / frame.width * Double($0) >= pixels }
  }
}
