import Testing

@testable import TextProcessing

@Suite struct FilterPresetTests {
  private func resolved(
    _ presets: [FilterPreset], isCode: Bool = false, filters: (inout FilterThresholds) -> Void = { _ in },
    own: (inout FilterThresholds) -> Void = { _ in }, overrides: (inout FilterThresholds) -> Void = { _ in }
  ) -> FilterThresholds {
    var (a, b, c) = (FilterThresholds(), FilterThresholds(), FilterThresholds())
    filters(&a)
    own(&b)
    overrides(&c)
    return .resolved(presets: presets, isCode: isCode, filters: a, own: b, overrides: c)
  }

  @Test func `the strictest of several presets holds`() {
    let roots = resolved([.roots, .gopher]) { $0.minimumWordCount = 10 }
    #expect(roots.minimumWordCount == 50 && roots.maximumTop2GramRatio == 0.2)
    #expect(resolved([.roots, .gopher]) { $0.minimumWordCount = 60 }.minimumWordCount == 60)
    #expect(resolved([.roots]) { $0.minimumWordCount = 10 }.maximumTop2GramRatio == nil)
    #expect(resolved([.gopher]) { $0.minimumWordCount = 60 }.minimumWordCount == 50)
  }

  @Test func `a language's own values stand in for the preset's, the pipeline's for all`() {
    let own: (inout FilterThresholds) -> Void = {
      $0.maximumMeanWordLength = 14
      $0.maximumShortLineRatio = 0.5
    }
    #expect(resolved([.gopher], own: own).maximumMeanWordLength == 14)
    #expect(resolved([.gopher], own: own).maximumShortLineRatio == nil)
    #expect(resolved([.gopher], own: own, overrides: { $0.maximumMeanWordLength = 9 }).maximumMeanWordLength == 9)
  }

  @Test func `prose presets leave programs alone, and code leaves prose`() {
    #expect(resolved([.gopher, .c4, .fineweb, .code]).maximumMeanLineLength == nil)
    let code = resolved([.roots, .gopher, .c4, .code], isCode: true) { $0.maximumLineLength = 500 }
    #expect(code.maximumMeanLineLength == 100 && code.maximumLineLength == 500)
    #expect(code.minimumWordCount == nil && code.removeUnterminatedLines == nil)
  }
}
