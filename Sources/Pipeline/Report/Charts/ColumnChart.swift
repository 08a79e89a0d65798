// A histogram small enough to stand in a row of its kind: length of documents, values of a filter.

/// Columns over equal bins, with an optional threshold.
struct ColumnChart {
  var values: [Int]
  /// What the picture says as a sentence.
  var summary: String
  /// The title of each column.
  var label: (Int) -> String
  /// Bins that a filter cut off.
  var isCut: (Int) -> Bool = { _ in false }
  /// Where the threshold stands, 0...1 of the width.
  var threshold: Double?

  var markup: String {
    let largest = values.max() ?? 0
    var html = "<svg class=\"columns\" role=\"img\" aria-label=\"" + HTMLText.escaped(summary) + "\">"
    html += SVG.title(summary)
    let count = Double(max(values.count, 1))
    for (bin, value) in values.enumerated() where value > 0 && largest > 0 {
      let height = max(Double(value) / Double(largest), 0.015)
      html += "<rect class=\"\(isCut(bin) ? "cut" : "fill")\" x=\"\(SVG.percent((Double(bin) + 0.06) / count))\""
      html +=
        " width=\"\(SVG.percent(0.88 / count))\" y=\"\(SVG.percent(1 - height))\" height=\"\(SVG.percent(height))\">"
      html += SVG.title(label(bin)) + "</rect>"
    }
    html += "<line class=\"base\" x1=\"0\" x2=\"100%\" y1=\"100%\" y2=\"100%\"/>"
    if let threshold {
      let x = SVG.percent(threshold)
      html += "<line class=\"threshold\" x1=\"\(x)\" x2=\"\(x)\" y1=\"0\" y2=\"100%\"/>"
    }
    return html + "</svg>"
  }
}
