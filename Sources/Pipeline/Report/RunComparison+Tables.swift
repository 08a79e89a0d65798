// A comparison as tables of text, for the terminal and for a page of its own (Templates/comparison.mustache).
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

  /// What the page's template sets; names are escaped there.
  var context: [String: Any] {
    let pages: [[String: Any]] = tables.map { table in
      [
        "title": table.title, "head": table.rows.prefix(1).joined().map { ["cell": $0] },
        "rows": table.rows.dropFirst().map { row in ["cells": row.map { ["cell": $0] }] },
      ]
    }
    return ["before": before, "after": after, "tables": pages]
  }
}
