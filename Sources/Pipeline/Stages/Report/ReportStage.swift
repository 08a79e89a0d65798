// report: from the counts that every stage already wrote to report.html, report.json and report.csv. Reads no text.
import CorpusCore
import CorpusIO
import Foundation

/// Draws the report of a finished run again; `htmlPath` is where the page goes (default: in the run directory).
public func writeReport(of directory: RunDirectory, htmlPath: String? = nil) throws {
  try writeReport(try finishedReport(of: directory), in: directory, htmlPath: htmlPath)
}

/// Compares two finished runs, and writes the comparison as a page when `htmlPath` says where.
public func compareRuns(_ before: RunDirectory, _ after: RunDirectory, htmlPath: String? = nil) throws -> RunComparison
{
  let comparison = RunComparison(
    try finishedReport(of: before), named: before.root, try finishedReport(of: after), named: after.root)
  if let htmlPath {
    try writePage(try ReportRenderer.html(comparison), to: htmlPath, fileSystem: after.fileSystem)
  }
  return comparison
}

/// Puts a page at a path of the caller's choice, whole or not at all; folders on the way are made.
func writePage(_ page: [UInt8], to path: String, fileSystem: any FileSystem) throws {
  guard let slash = path.lastIndex(of: "/") else {
    return try replaceFile(page, at: path, in: RunDirectory(root: ".", fileSystem: fileSystem))
  }
  let folder = slash == path.startIndex ? "/" : String(path[..<slash])
  let name = String(path[path.index(after: slash)...])
  guard !name.isEmpty else {
    throw PlainFailure(.usage, "--output \(path): expected a file for the page, found a folder; add a name to it")
  }
  try replaceFile(page, at: name, in: RunDirectory(root: folder, fileSystem: fileSystem))
}

/// What the report of a finished run shows.
private func finishedReport(of directory: RunDirectory) throws -> ReportData {
  let path = directory.absolute(RunEvidence.file)
  guard try directory.fileSystem.isPresent(path) else {
    throw PlainFailure(
      .noInput,
      "\(directory.root): no finished run here (\(RunEvidence.file) is missing); `xylem status` tells how far it is")
  }
  let evidence = try decodeJSON(RunEvidence.self, path: path, fileSystem: directory.fileSystem)
  let record = try decodeJSON(
    RunRecord.self, path: directory.absolute(RunDirectory.runFile), fileSystem: directory.fileSystem)
  return reportData(
    evidence, record: record, journal: Journal.stages(of: directory),
    vocabulary: evidence.trained == nil ? [] : try vocabulary(of: directory))
}
