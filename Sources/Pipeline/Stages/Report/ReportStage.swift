// report: from the counts that every stage already wrote to report.html, report.json and report.csv. Reads no text.
import CorpusCore
import CorpusIO
import Foundation

/// Draws the report of a finished run again; `htmlPath` is where the page goes (default: in the run directory).
public func writeReport(of directory: RunDirectory, htmlPath: String? = nil) throws {
  let path = directory.absolute(RunEvidence.file)
  guard directory.fileSystem.exists(path) else {
    throw PlainFailure(
      .noInput,
      "\(directory.root): no finished run here (\(RunEvidence.file) is missing); `xylem status` tells how far it is")
  }
  let evidence = try decodeJSON(RunEvidence.self, path: path, fileSystem: directory.fileSystem)
  let record = try decodeJSON(
    RunRecord.self, path: directory.absolute(RunDirectory.runFile), fileSystem: directory.fileSystem)
  let data = reportData(evidence, record: record, journal: Journal.entries(of: directory))
  try replaceFile(ReportRenderer.json(data), at: "report.json", in: directory)
  try replaceFile(ReportRenderer.csv(data), at: "report.csv", in: directory)
  let html = try ReportRenderer.html(data)
  if let htmlPath {
    try replaceFile(html, at: "", in: RunDirectory(root: htmlPath, fileSystem: directory.fileSystem))
  } else {
    try replaceFile(html, at: "report.html", in: directory)
  }
}
