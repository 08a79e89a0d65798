// Bars and dots, one row each. The words are HTML and only the bar is SVG, in per cent of its width: a chart that
// shrinks to a phone while its text keeps its size.

/// A chart of named rows: bars from zero, or dots on an axis.
struct RowChart {
  /// A stretch of a row, from 0 to 1 of its width, drawn with a class of the page's style sheet.
  struct Segment {
    var from: Double
    var to: Double
    var style: String
    var title: String
  }

  /// A dot, ring or tick at 0...1 of a row's width.
  struct Mark {
    var at: Double
    var shape: Shape
    var title: String
  }

  enum Shape { case dot, ring, tick }

  struct Row {
    var name: String
    var value: String
    /// What the row says, for those who hear it and those who hover.
    var title: String
    var segments: [Segment] = []
    var marks: [Mark] = []
  }

  var rows: [Row] = []
  /// Grid lines at 0...1 of the width; a label that is not `isMajor` gives way on narrow screens.
  var ticks: [(at: Double, label: String, isMajor: Bool)] = []
  var style = ""

  /// A bar a value, the largest as wide as the chart.
  static func bars(_ values: [(name: String, value: Double, label: String)], style: String = "") -> RowChart {
    let largest = values.map(\.value).filter(\.isFinite).max() ?? 0
    var chart = RowChart(style: style)
    for entry in values {
      let title = "\(entry.name): \(entry.label)"
      let width = largest > 0 ? entry.value / largest : 0
      chart.rows.append(
        Row(
          name: entry.name, value: entry.label, title: title,
          segments: [Segment(from: 0, to: width, style: "fill", title: title)]))
    }
    return chart
  }

  /// Counts by kind, largest first; equal counts by name.
  static func bars(_ counts: [String: Int]) -> RowChart {
    let total = Saturating.sum(counts.values.sorted())
    return bars(
      counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { kind, count in
        let share = ratio(count, total).map { " · " + Quantity.percent($0) } ?? ""
        return (kind.replacing("_", with: " "), Double(count), Quantity.count(count) + share)
      })
  }

  var markup: String {
    guard !rows.isEmpty else { return "" }
    var html = "<ul class=\"rows \(style)\">\n"
    if ticks.contains(where: { !$0.label.isEmpty }) { html += axis }
    for row in rows {
      html +=
        "<li><span class=\"row-name\"><bdi>" + HTMLText.escaped(HTMLText.clipped(row.name, to: 60)) + "</bdi></span>"
      html += "<svg class=\"row-bar\" role=\"img\" aria-label=\"" + HTMLText.escaped(row.title) + "\">"
      html += "<rect class=\"track\" width=\"100%\" height=\"100%\"/>"
      for tick in ticks where tick.at > 0 && tick.at < 1 {
        let x = SVG.percent(tick.at)
        html += "<line class=\"grid\" x1=\"\(x)\" x2=\"\(x)\" y1=\"0\" y2=\"100%\"/>"
      }
      for segment in row.segments { html += SVG.bar(segment) }
      for mark in row.marks { html += SVG.mark(mark) }
      html += "</svg><span class=\"row-value\">" + HTMLText.escaped(row.value) + "</span></li>\n"
    }
    return html + "</ul>\n"
  }

  private var axis: String {
    var html = "<li class=\"axis\" aria-hidden=\"true\"><span></span><svg class=\"row-axis\">"
    for tick in ticks {
      let anchor = tick.at <= 0.01 ? "start" : tick.at >= 0.99 ? "end" : "middle"
      html += "<text x=\"\(SVG.percent(tick.at))\" y=\"11\" text-anchor=\"\(anchor)\""
      html += (tick.isMajor ? "" : " class=\"minor\"") + ">" + HTMLText.escaped(tick.label) + "</text>"
    }
    return html + "</svg><span></span></li>\n"
  }
}

/// Pieces of SVG in per cent of the picture.
enum SVG {
  /// `0.1234` → `12.34%`, kept inside the picture.
  static func percent(_ fraction: Double) -> String {
    let hundredths = fraction.isFinite ? Int((min(max(fraction, 0), 1) * 10_000).rounded()) : 0
    let rest = hundredths % 100
    return rest == 0 ? "\(hundredths / 100)%" : "\(hundredths / 100)." + (rest < 10 ? "0" : "") + "\(rest)%"
  }

  static func bar(_ segment: RowChart.Segment) -> String {
    guard segment.to > segment.from else { return "" }
    return
      "<rect class=\"\(segment.style)\" x=\"\(percent(segment.from))\" width=\"\(percent(segment.to - segment.from))\""
      + " height=\"100%\">" + title(segment.title) + "</rect>"
  }

  static func mark(_ mark: RowChart.Mark) -> String {
    let x = percent(mark.at)
    switch mark.shape {
    case .dot: return "<circle class=\"dot\" cx=\"\(x)\" cy=\"50%\" r=\"5\">" + title(mark.title) + "</circle>"
    case .ring: return "<circle class=\"ring\" cx=\"\(x)\" cy=\"50%\" r=\"4.5\">" + title(mark.title) + "</circle>"
    case .tick:
      return "<line class=\"tick\" x1=\"\(x)\" x2=\"\(x)\" y1=\"15%\" y2=\"85%\">" + title(mark.title) + "</line>"
    }
  }

  static func title(_ text: String) -> String { "<title>" + HTMLText.escaped(text) + "</title>" }
}
