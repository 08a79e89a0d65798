import Foundation
import Testing

@testable import Pipeline

@Suite struct ConfigurationReferenceTests {
  static let path = ConfigurationTesting.repository + "/docs/configuration.md"

  /// `XYLEM_WRITE_DOCUMENTS=1 swift test --filter ConfigurationReference` writes the page anew.
  @Test func thePageIsWhatTheCodeSays() throws {
    let page = ConfigurationReference.markdown()
    if ProcessInfo.processInfo.environment["XYLEM_WRITE_DOCUMENTS"] != nil {
      try page.write(toFile: Self.path, atomically: true, encoding: .utf8)
    }
    let written = try String(contentsOfFile: Self.path, encoding: .utf8)
    #expect(written == page, "docs/configuration.md is out of date: XYLEM_WRITE_DOCUMENTS=1 swift test")
  }

  @Test func everyStepAndEveryThresholdIsOnThePage() {
    let page = ConfigurationReference.markdown()
    for step in PipelineStep.allCases { #expect(page.contains("### `\(step.rawValue)`")) }
    for threshold in FilterThreshold.all { #expect(page.contains("| `\(threshold.name)` |")) }
    for key in ["unit_bytes", "workers", "memory", "on_bad_input", "maximum_bad_ratio"] {
      #expect(page.contains("| `\(key)` |"))
    }
  }
}
