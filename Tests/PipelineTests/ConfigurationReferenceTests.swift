import Testing

@testable import Pipeline

@Suite struct ConfigurationReferenceTests {
  @Test func everyStepHasASection() {
    let page = ConfigurationReference.markdown()
    for step in PipelineStep.allCases { #expect(page.contains("### `\(step.rawValue)`")) }
  }
}
