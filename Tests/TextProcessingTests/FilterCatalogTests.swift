import CorpusCore
import Foundation
import Testing

@testable import TextProcessing

@Suite struct FilterCatalogTests {
  @Test func `every filter, key and reason is on the page`() throws {
    let page = try String(contentsOf: SampleText.root.appendingPathComponent("docs/cleaning.md"), encoding: .utf8)
    for filter in FilterCatalog.all {
      for name in filter.keys + filter.reasons.map(\.rawValue) { #expect(page.contains("`\(name)`"), "\(name)") }
    }
    for key in FilterCatalog.lineRuleKeys { #expect(page.contains("`\(key)`"), "\(key)") }
    for preset in FilterPreset.allCases { #expect(page.contains("`\(preset.rawValue)`"), "\(preset)") }
  }

  @Test func `the catalog lists the reasons of the chain in its order`() {
    let chain = FilterChain(settings: LanguageSettings(code: "x")).filters
    #expect(zip(FilterCatalog.all, chain).allSatisfy { $0.reasons.contains($1.reason) })
  }
}
