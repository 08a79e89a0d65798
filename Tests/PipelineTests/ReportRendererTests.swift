import Pipeline
import Testing

@Suite struct ReportRendererTests {
  @Test func anEmptyReportRenders() throws {
    let html = String(decoding: try ReportRenderer.html(ReportData()), as: UTF8.self)
    #expect(html.hasPrefix("<!DOCTYPE html>"))
  }
}
