// Progress as lines of text: a row with a bar for every stage and what holds for all of them below. Pure: readings, the
// size of the window and the time go in, lines come out that fit it.
import Foundation

/// What a screen can show.
public struct PanelSize: Sendable, Equatable {
  public var columns: Int
  public var rows: Int
  /// Bars of block characters; without it of ASCII.
  public var isUnicode: Bool

  public init(columns: Int, rows: Int, isUnicode: Bool = true) {
    self.columns = columns
    self.rows = rows
    self.isUnicode = isUnicode
  }
}

/// The rows of a command's stages, those to come included where they are known.
public struct ProgressPanel: Sendable {
  private var outline: RunOutline?
  private var waiting: [String] = []
  private var rows: [ProgressReading] = []
  private var forecast = RunForecast()

  public init() {}

  public mutating func runBegan(_ run: RunOutline) {
    outline = run
    forecast.runBegan(run)
    waiting = run.stages
    rows = []
  }

  /// The newest reading of a stage: a row of its own when it is a stage that was not there yet.
  public mutating func update(_ reading: ProgressReading) {
    forecast.update(reading)
    waiting.removeAll { $0 == reading.stage }
    if let index = rows.lastIndex(where: { $0.stage == reading.stage }) {
      rows[index] = reading
    } else {
      rows.append(reading)
    }
  }

  public var isEmpty: Bool { rows.isEmpty && outline == nil }

  /// At most `size.rows - 1` lines of at most `size.columns - 1` columns, so that nothing wraps or scrolls. `seconds` since
  /// the command began also move the mark of a stage of which nothing tells how far it is.
  public func lines(size: PanelSize, seconds: Double, memoryBytes: Int?) -> [String] {
    var body = rows.map { row($0, size: size, seconds: seconds) }
    body += waiting.map { bar(0, name: $0, size: size) }
    var foot = [footer(size: size, seconds: seconds, memoryBytes: memoryBytes)]
    if let current = rows.last, !current.isDone, !current.detail.isEmpty { foot.append("  " + current.detail) }
    var head: [String] = []
    if let outline { head = ["\(outline.name)  \(outline.directory)"] }
    let room = max(1, size.rows - 1)
    // Where there is no room, what is said last goes last: the stage at work and the sums stay.
    if head.count + body.count + foot.count > room { head = [] }
    if body.count + foot.count > room { foot = Array(foot.prefix(1)) }
    if body.count + foot.count > room {
      let current = max(0, rows.count - 1)
      let count = max(1, room - foot.count)
      let first = min(max(0, current - count + 1), body.count - 1)
      body = Array(body[first..<min(body.count, first + count)])
    }
    return Array((head + body + foot).prefix(room)).map { Self.fit($0, columns: max(1, size.columns - 1)) }
  }

  private func row(_ reading: ProgressReading, size: PanelSize, seconds: Double) -> String {
    let isLong = !reading.isDone && reading.share == nil
    var text = bar(isLong ? nil : reading.share ?? 1, name: reading.stage, size: size, turn: Int(seconds * 5))
    text += isLong ? "      " : String(format: " %3d %%", Int((reading.share ?? 1) * 100))
    guard size.columns >= 48 else { return text }
    // So narrow that a time left of `59 min 59 s` ends with the 79th column.
    let isWide = size.columns >= 94
    text += "  " + pad("\(reading.unitsDone)/\(reading.units)", isWide ? 9 : 7)
    if size.columns >= 72 {
      text += pad(
        reading.documents > 0 ? "\(countText(Int(reading.documentsPerSecond))) docs/s" : "", isWide ? 16 : 14)
    }
    if size.columns >= 60 {
      text += pad(
        reading.bytesPerSecond > 0 ? String(format: "%.1f MB/s", reading.bytesPerSecond / 1e6) : "", isWide ? 12 : 11)
    }
    if reading.isDone {
      text += "  " + (reading.seconds < 60 ? String(format: "%.1f s", reading.seconds) : durationText(reading.seconds))
    } else if let left = reading.secondsLeft {
      text += "  ETA \(durationText(left))"
    }
    return text
  }

  /// What holds for all stages; what there is no room for is left out from the end.
  private func footer(size: PanelSize, seconds: Double, memoryBytes: Int?) -> String {
    let documents = rows.map(\.documents).max() ?? 0
    let quarantined = rows.map(\.quarantined).max() ?? 0
    let left = forecast.secondsLeft.map { ", run \(size.isUnicode ? "≈" : "about") \(roughDurationText($0)) more" }
    var parts = [durationText(seconds) + (left ?? ""), "\(countText(quarantined)) quarantined"]
    if let memoryBytes {
      parts.append("memory \(byteText(memoryBytes))" + (outline.map { " of \(byteText($0.memoryBytes))" } ?? ""))
    }
    if documents > 0 { parts.append("\(countText(documents)) documents") }
    func text() -> String { "  " + parts.joined(separator: "   ") }
    while parts.count > 1, text().count > size.columns - 1 { parts.removeLast() }
    return text()
  }

  /// Name and bar; `share` nil draws a mark that wanders.
  private func bar(_ share: Double?, name: String, size: PanelSize, turn: Int = 0) -> String {
    let width = size.columns >= 104 ? 24 : size.columns >= 94 ? 14 : 7
    let (full, empty): (Character, Character) = size.isUnicode ? ("█", "░") : ("#", "-")
    var cells = [Character](repeating: empty, count: width)
    if let share {
      for cell in 0..<Int((share * Double(width)).rounded(.down)) { cells[cell] = full }
    } else {
      let place = turn % (2 * width - 2)
      cells[place < width ? place : 2 * width - 2 - place] = full
    }
    return "  " + name.padding(toLength: size.columns >= 94 ? 14 : 12, withPad: " ", startingAt: 0) + String(cells)
  }

  private func pad(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  /// Cut to `columns`, without characters that would move the cursor.
  static func fit(_ text: String, columns: Int) -> String {
    var result = String.UnicodeScalarView()
    var used = 0
    for scalar in text.unicodeScalars {
      let width = columnCount(scalar)
      guard used + width <= columns else { break }
      used += width
      result.append(scalar.value < 32 || (127..<160).contains(scalar.value) ? "?" : scalar)
    }
    return String(result)
  }

  /// Columns a scalar takes: marks none; of what may be wide two, since a line that is short by some columns does no harm.
  static func columnCount(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: 0
    default: scalar.value >= 0x1100 && !(0x2000...0x2E7F).contains(scalar.value) ? 2 : 1
    }
  }
}

/// One reading as one line, for logs: what a pipe gets each 30 seconds and at the end of a stage.
public func progressLine(
  _ reading: ProgressReading, memoryBytes: Int?, runSecondsLeft: Double? = nil, isFinal: Bool
) -> String {
  let name = reading.stage.padding(toLength: max(11, reading.stage.count), withPad: " ", startingAt: 0)
  var text = "\(name) \(reading.unitsDone)/\(reading.units) units"
  if reading.documents > 0 {
    text += "  \(countText(reading.documents)) documents  \(countText(Int(reading.documentsPerSecond))) docs/s"
  }
  if reading.bytesPerSecond > 0 {
    text += "  \(byteText(reading.bytesDone))  \(String(format: "%.1f", reading.bytesPerSecond / 1e6)) MB/s"
  }
  if let memoryBytes { text += "  memory \(byteText(memoryBytes))" }
  if reading.quarantined > 0 { text += "  \(countText(reading.quarantined)) quarantined" }
  if !isFinal, !reading.detail.isEmpty { text += "  \(reading.detail)" }
  if isFinal {
    text += "  \(String(format: "%.1f", reading.seconds)) s"
  } else if let left = reading.secondsLeft {
    text += "  ETA \(durationText(left))"
  }
  if let runSecondsLeft { text += "  run ≈ \(roughDurationText(runSecondsLeft)) more" }
  return text
}
