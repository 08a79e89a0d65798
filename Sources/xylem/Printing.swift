// What a person or a pipe sees: results on standard output, everything else on standard error.
import Foundation

/// A line for the person, never for a pipe.
func complain(_ text: String) { tell("xylem: " + text + "\n") }

/// Text for standard error; when nobody listens, so be it. `lifting`: above the progress, which goes on.
func tell(_ text: String, lifting: Bool = false) {
  Screen.interrupt(lifting: lifting) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }
}

/// A result.
func say(_ text: String) { writeResult(Data((text + "\n").utf8)) }

/// A result as one JSON object with sorted keys; among events as one of them.
func sayJSON<Value: Encodable>(_ value: Value) throws {
  if EventStream.isOn { return EventStream.send(ResultEvent(result: value)) }
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
  writeResult(try encoder.encode(value) + Data("\n".utf8))
}

/// One of many results, as a line of JSON with sorted keys.
func sayJSONLine<Value: Encodable>(_ value: Value) throws {
  if EventStream.isOn { return EventStream.send(ResultEvent(result: value)) }
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  writeResult(try encoder.encode(value) + Data("\n".utf8))
}

/// Bytes of a result. A reader that went away (`xylem ... | head`) ends us as SIGPIPE would; a full disk is an I/O error.
func writeResult(_ bytes: Data) {
  var failure: Int32?
  func write() {
    do {
      try FileHandle.standardOutput.write(contentsOf: bytes)
    } catch {
      failure = errno
    }
  }
  // Only where both are one terminal do progress and results meet.
  if isTerminalOutput { Screen.interrupt(write) } else { write() }
  guard let failure else { return }
  if failure == EPIPE { exit(128 + SIGPIPE) }
  complain("error: standard output: \(String(cString: strerror(failure)))")
  exit(74)
}

private let isTerminalOutput = isatty(1) == 1
