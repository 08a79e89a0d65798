// Sizes as areas: a squarified treemap (Bruls, Huizing, van Wijk 2000), as ROOTS drew its languages.

/// A picture whose areas are proportional to the values.
struct Treemap {
  struct Item {
    var name: String
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

  /// The shape the layout aims at; the picture itself stretches to its place.
  static let size = (width: 1000.0, height: 420.0)

  let cells: [Cell]
  let summary: String

  init(_ items: [Item], summary: String) {
    self.summary = summary
    let ordered = items.filter { $0.value > 0 && $0.value.isFinite }.sorted {
      ($1.value, $0.name) < ($0.value, $1.name)
    }
    let total = ordered.reduce(0) { $0 + $1.value }
    var cells: [Cell] = []
    var left = Cell(
      item: Item(name: "", detail: "", value: 0, style: ""), x: 0, y: 0, width: Self.size.width,
      height: Self.size.height)
    var next = 0
    let scale = total > 0 ? Self.size.width * Self.size.height / total : 0
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
    var html = "<svg class=\"treemap\" role=\"img\" aria-label=\"" + HTMLText.escaped(summary) + "\">"
    for cell in cells {
      // A nested picture clips its words at the cell's edge.
      html += "<svg x=\"\(SVG.percent(cell.x / Self.size.width))\" y=\"\(SVG.percent(cell.y / Self.size.height))\""
      html += " width=\"\(SVG.percent(cell.width / Self.size.width))\""
      html += " height=\"\(SVG.percent(cell.height / Self.size.height))\">"
      html += SVG.title(cell.item.name + ": " + cell.item.detail)
      html += "<rect class=\"\(cell.item.style)\" width=\"100%\" height=\"100%\"/>"
      // About 7.5 pixels a letter; narrow screens are a third as wide as the layout.
      let needed = Double(cell.item.name.unicodeScalars.count) * 7.5 + 14
      if cell.height >= 22, cell.width >= needed {
        let narrow = cell.width / 3 >= needed ? "" : " class=\"minor\""
        html +=
          "<text x=\"8\" y=\"19\"\(narrow)>" + HTMLText.escaped(HTMLText.clipped(cell.item.name, to: 40)) + "</text>"
        if cell.height >= 44, cell.width >= 110 {
          let narrowDetail = cell.width / 3 >= 110 ? "detail" : "detail minor"
          html += "<text x=\"8\" y=\"37\" class=\"\(narrowDetail)\">" + HTMLText.escaped(cell.item.detail) + "</text>"
        }
      }
      html += "</svg>\n"
    }
    return html + "</svg>"
  }
}
