// What the configuration tests share: the repository's root, and files made of steps.
import Foundation
import Testing

@testable import Pipeline

enum ConfigurationTesting {
  static let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

  /// A file with all that is required; `process` is line 5, the first step line 6.
  static func file(steps: String = "  - report:\n", top: String = "") -> String {
    "name: t\ninput:\n  - paths: [\"a.jsonl\"]\noutput: out\nprocess:\n\(steps)\(top)"
  }

  /// The faults of `yaml`, as they are shown; empty when it is right.
  static func faults(_ yaml: String, overrides: [String] = []) -> [String] {
    do throws(ConfigurationFailure) {
      _ = try ConfigurationReader.parse(yaml: yaml, fileName: "p.yaml", overrides: overrides)
      return []
    } catch {
      #expect(error.kind == .configuration)
      return error.faults.map(\.description)
    }
  }

  static func parse(_ yaml: String, overrides: [String] = []) throws -> PipelineConfiguration {
    try ConfigurationReader.parse(yaml: yaml, fileName: "p.yaml", overrides: overrides)
  }
}
