// The small parts: numbers, word differences, the treemap's geometry.

import Testing

@testable import Pipeline

@Suite struct ReportPartsTests {
  @Test func numbersReadAsProse() {
    #expect(Quantity.count(1_234_567) == "1,234,567")
    #expect(Quantity.count(-1_000) == "−1,000")
    #expect(Quantity.count(.min) == "−9,223,372,036,854,775,808")
    #expect(Quantity.roundCount(12_345_678) == "12.3 million")
    #expect(Quantity.roundCount(999_999_999) == "1.00 billion")
    #expect(Quantity.roundCount(99_999) == "99,999")
    #expect(Quantity.bytes(12_345_678) == "12.3 MB")
    #expect(Quantity.bytes(999) == "999 B")
    #expect(Quantity.bytes(999_999) == "1.00 MB")
    #expect(Quantity.percent(0.1234) == "12.3%")
    #expect(Quantity.percent(1) == "100%")
    #expect(Quantity.percent(0.000_012) == "0.0012%")
    #expect(Quantity.percent(0) == "0%")
    #expect(Quantity.percent(.nan) == "–")
    #expect(Quantity.duration(3_725) == "1 h 2 min")
    #expect(Quantity.duration(59.7) == "1 min 0 s")
    #expect(Quantity.decimal(1.005, places: 1) == "1.0")
    #expect(Quantity.decimal(-0.04, places: 1) == "0.0")
    #expect(Quantity.measure(0.35) == "0.35")
  }

  @Test func onlyWordsThatDifferAreMarked() {
    let (left, right) = WordDifference.marked("the old red house stands", "the new house stands here")
    #expect(left == "the <mark>old red</mark> house stands")
    #expect(
      right == "the <mark>new</mark> house stands<mark> here</mark>"
        || right == "the <mark>new</mark> house stands <mark>here</mark>")
    let (same, alike) = WordDifference.marked("a <b> c", "a <b> c")
    #expect(same == "a &lt;b&gt; c" && alike == same)
    let (han, other) = WordDifference.marked("我们的书", "我们之书")
    #expect(han == "我们<mark>的</mark>书" && other == "我们<mark>之</mark>书")
  }

  @Test func wordsJoinedAreTheText() {
    for text in ["", " a  b ", "日本語 text\n\u{301}x", "a\u{202E}b"] {
      #expect(WordDifference.words(of: text).joined() == text)
    }
  }

  private static func item(_ name: String, short: String = "", _ value: Double) -> Treemap.Item {
    Treemap.Item(name: name, short: short, detail: "1.00 MB", value: value, style: "t1")
  }

  @Test(arguments: [Treemap.Frame.desk, .phone]) func treemapCellsFillThePictureInProportion(frame: Treemap.Frame) {
    let items = (1...30).map { Self.item("\($0)", Double($0 * $0)) }
    let cells = Treemap(items, summary: "", frame: frame).cells
    #expect(cells.count == 30)
    let total = items.reduce(0) { $0 + $1.value }
    let area = frame.width * frame.height
    for cell in cells {
      #expect(abs(cell.width * cell.height - cell.item.value / total * area) < 1e-6 * area)
      #expect(cell.x > -1e-6 && cell.x + cell.width < frame.width + 1e-6)
      #expect(cell.y > -1e-6 && cell.y + cell.height < frame.height + 1e-6)
    }
  }

  @Test func aCellHasTheNameThatFitsItAndNoneIsCut() {
    let items = [
      Self.item("Wide", short: "w", 700), Self.item("Simplified Chinese", short: "zhs", 8),
      Self.item("A name that fits nowhere at all", short: "no", 1),
    ]
    let treemap = Treemap(items, summary: "", frame: .desk)
    let html = treemap.markup
    // Room in the narrowest picture: no shorter name.
    #expect(html.contains("class=\"from688\">Wide<") && !html.contains(">w<"))
    // What fits nowhere has its short name if that fits, is named in full on hover, and listed.
    #expect(!html.contains(">A name that fits nowhere at all<"))
    #expect(html.contains("<title>A name that fits nowhere at all: 1.00 MB</title>"))
    #expect(treemap.unnamed.map(\.name).contains("A name that fits nowhere at all"))
    #expect(!treemap.unnamed.map(\.name).contains("Wide"))
  }

  @Test func aShortNameGivesWayToTheLongOneWhereThatFits() {
    // 12 equal cells: 260 × 140 pixels in four columns of the desk's picture, 90 × 220 of the phone's.
    let items = (0..<12).map { Self.item("Portuguese \($0 + 10)", short: "pt\($0)", 1) }
    let html = Treemap(items, summary: "", frame: .phone).markup
    #expect(html.contains("class=\"from300 until"))
    #expect(Treemap(items, summary: "", frame: .desk).unnamed.isEmpty)
  }
}
