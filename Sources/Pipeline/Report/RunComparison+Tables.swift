// A comparison as tables of text, for the terminal and for a page of its own.
import Foundation

extension RunComparison {
  /// A heading row, then rows; the first column is a name, the others are numbers.
  public struct Table: Equatable, Sendable {
    public var title: String
    public var rows: [[String]]
  }

  /// Kept text and tokens by language (largest change of bytes first), then documents by drop reason and language.
  public var tables: [Table] {
    let order = languages.sorted {
      (abs($1.value.bytesKept.difference), $0.key) < (abs($0.value.bytesKept.difference), $1.key)
    }
    let named = order.map { ($0.key, $0.value) } + [("all", total)]
    var kept = Table(
      title: "Kept", rows: [["language", "documents A", "B", "B - A", "bytes A", "B", "B - A"]])
    var tokens = Table(
      title: "Tokens",
      rows: [["language", "tokens A", "B", "B - A", "per word A", "B", "bytes per token A", "B"]])
    var removed = Table(title: "Removed documents", rows: [["reason", "language", "A", "B", "B - A"]])
    for (name, row) in named {
      kept.rows.append([name] + Self.cells(row.kept) + Self.cells(row.bytesKept))
      if row.tokens.before > 0 || row.tokens.after > 0 {
        tokens.rows.append([name] + Self.cells(row.tokens) + Self.cells(row.fertility) + Self.cells(row.bytesPerToken))
      }
    }
    for reason in total.removed.keys.sorted() {
      for (name, row) in named {
        guard let change = row.removed[reason], name == "all" || change.difference != 0 else { continue }
        removed.rows.append([reason, name] + Self.cells(change))
      }
    }
    removed.rows.append(["quarantined", "all"] + Self.cells(quarantined))
    return [kept, tokens, removed].filter { $0.rows.count > 1 }
  }

  private static func cells(_ change: Change) -> [String] {
    let sign = change.difference > 0 ? "+" : ""
    return [String(change.before), String(change.after), sign + String(change.difference)]
  }

  private static func cells(_ ratio: Ratio) -> [String] {
    [ratio.before, ratio.after].map { value in value.map { String(format: "%.3f", $0) } ?? "-" }
  }

  /// The tables as one page: no script, nothing external, every name escaped.
  public var html: String {
    var page = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>Two runs compared</title>
      <style>
      :root { color-scheme: light dark; }
      body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
      div { overflow-x: auto; }
      table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
      th, td { padding: .2rem .8rem; text-align: right; border-bottom: 1px solid #8886; white-space: nowrap; }
      th:first-child, td:first-child { text-align: left; }
      </style>
      </head>
      <body>
      <h1>Two runs compared</h1>
      <p>A: <bdi>\(HTMLText.escaped(before))</bdi><br>B: <bdi>\(HTMLText.escaped(after))</bdi></p>

      """
    for table in tables {
      page += "<h2>\(HTMLText.escaped(table.title))</h2>\n<div><table>\n"
      for (index, row) in table.rows.enumerated() {
        let cell = index == 0 ? "th" : "td"
        page += "<tr>" + row.map { "<\(cell)><bdi>\(HTMLText.escaped($0))</bdi></\(cell)>" }.joined() + "</tr>\n"
      }
      page += "</table></div>\n"
    }
    return page + "</body>\n</html>\n"
  }
}
