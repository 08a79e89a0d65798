// swift-tools-version: 6.1
// libFuzzer on what prepare does to a text. A package of its own, so that no normal build sees it; scripts/fuzz.sh builds it.
import PackageDescription

let package = Package(
  name: "fuzz",
  dependencies: [.package(name: "xylem", path: "../..")],
  targets: [
    .executableTarget(
      name: "CleaningFuzz", dependencies: [.product(name: "TextProcessing", package: "xylem")],
      swiftSettings: [.swiftLanguageMode(.v6)])
  ],
  cxxLanguageStandard: .cxx17
)
