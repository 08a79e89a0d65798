// swift-tools-version: 6.1
// The rooms of Xylem. Arrows point down only; a target lists every room it may look into.
import PackageDescription

let swiftSettings: [SwiftSetting] = [.swiftLanguageMode(.v6)]

let package = Package(
  name: "xylem",
  products: [
    .executable(name: "xylem", targets: ["xylem"]),
    .executable(name: "xylem-benchmark", targets: ["xylem-benchmark"]),
    .library(name: "Tokenization", targets: ["Tokenization"]),
    .library(name: "TokenDataset", targets: ["TokenDataset"]),
    .library(name: "Deduplication", targets: ["Deduplication"]),
    .library(name: "TextProcessing", targets: ["TextProcessing"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
  ],
  targets: [
    .executableTarget(
      name: "xylem",
      dependencies: [
        "Pipeline", "TokenDataset", "Tokenization", "TextProcessing", "Deduplication", "CorpusIO", "CorpusCore",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: swiftSettings),
    .executableTarget(
      name: "xylem-benchmark",
      dependencies: [
        "Pipeline", "Tokenization", "Deduplication", "CorpusIO", "CorpusCore",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: swiftSettings),
    .target(
      name: "Pipeline",
      dependencies: [
        "TextProcessing", "Deduplication", "Tokenization", "TokenDataset", "CorpusIO", "CorpusCore", "CKernels",
        .product(name: "Yams", package: "Yams"),
        .product(name: "Mustache", package: "swift-mustache"),
      ],
      resources: [
        .embedInCode("Report/Templates/report.mustache"), .embedInCode("Report/Templates/comparison.mustache"),
      ],
      swiftSettings: swiftSettings),
    .target(
      name: "TextProcessing", dependencies: ["CorpusCore", "CFastText", "CKernels", "CLanguageModel", "CTextShim"],
      swiftSettings: swiftSettings),
    .target(
      name: "Deduplication", dependencies: ["CorpusCore", "CKernels", "CTextShim"], swiftSettings: swiftSettings),
    .target(name: "Tokenization", dependencies: ["CorpusCore", "CKernels", "CPCRE2"], swiftSettings: swiftSettings),
    .target(name: "TokenDataset", dependencies: ["CorpusCore"], swiftSettings: swiftSettings),
    .target(
      name: "CorpusIO", dependencies: ["CorpusCore", "CKernels", "CZstd", "CZlib", "CJSONShim"],
      swiftSettings: swiftSettings),
    .target(name: "CorpusCore", dependencies: ["CXXHash"], swiftSettings: swiftSettings),

    // C and C++: thin shims, each with a C header.
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
    .systemLibrary(name: "CXXHash", pkgConfig: "libxxhash", providers: [.apt(["libxxhash-dev"])]),
    .target(name: "CJSONShim", linkerSettings: [.linkedLibrary("simdjson")]),
    .target(
      name: "CTextShim",
      linkerSettings: [
        .linkedLibrary("icuuc"), .linkedLibrary("icui18n"),
        .unsafeFlags(["-Xlinker", "--no-as-needed"]),
        .linkedLibrary("cld2_full"), .linkedLibrary("cld2"),
      ]),
    .target(name: "CFastText", linkerSettings: [.linkedLibrary("fasttext")]),
    .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3"])]),
    // The language model inside the program, by #embed of C23.
    .target(name: "CLanguageModel", cSettings: [.unsafeFlags(["-std=c23"])]),

    .target(
      name: "TestSupport",
      dependencies: ["CorpusIO", "CorpusCore", "Tokenization", "Deduplication"],
      path: "Tests/TestSupport", swiftSettings: swiftSettings),
    .testTarget(name: "CorpusCoreTests", dependencies: ["CorpusCore"], swiftSettings: swiftSettings),
    .testTarget(name: "CorpusIOTests", dependencies: ["CorpusIO", "TestSupport"], swiftSettings: swiftSettings),
    .testTarget(
      name: "TextProcessingTests", dependencies: ["TextProcessing", "TestSupport"], swiftSettings: swiftSettings),
    .testTarget(
      name: "DeduplicationTests", dependencies: ["Deduplication", "TestSupport"], swiftSettings: swiftSettings),
    .testTarget(
      name: "TokenizationTests", dependencies: ["Tokenization", "TestSupport", "CKernels"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "TokenDatasetTests", dependencies: ["TokenDataset", "TestSupport"], swiftSettings: swiftSettings),
    .testTarget(
      name: "PipelineTests",
      dependencies: [
        "Pipeline", "TokenDataset", "Tokenization", "Deduplication", "CorpusIO", "CorpusCore", "TestSupport",
      ],
      swiftSettings: swiftSettings),
  ],
  cxxLanguageStandard: .cxx17
)
