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

  @Test func treemapCellsFillThePictureInProportion() {
    let items = (1...30).map { Treemap.Item(name: "\($0)", detail: "", value: Double($0 * $0), style: "t1") }
    let cells = Treemap(items, summary: "").cells
    #expect(cells.count == 30)
    let total = items.reduce(0) { $0 + $1.value }
    let area = Treemap.size.width * Treemap.size.height
    for cell in cells {
      #expect(abs(cell.width * cell.height - cell.item.value / total * area) < 1e-6 * area)
      #expect(cell.x > -1e-6 && cell.x + cell.width < Treemap.size.width + 1e-6)
      #expect(cell.y > -1e-6 && cell.y + cell.height < Treemap.size.height + 1e-6)
    }
  }
}
