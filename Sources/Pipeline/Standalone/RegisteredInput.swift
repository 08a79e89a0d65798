// An input whose documents are registered: read again with their positions, and named to people.
import CorpusCore
import CorpusIO
import Foundation

struct RegisteredInput: Sendable {
  let units: UnitPass
  let register: DocumentRegister.Sealed
  /// Lines of the file before each unit's range.
  let linesBefore: [Int]
  let rewriter: RecordRewriter

  /// Adds `id`, `shard` and `line` of a document to a line of evidence.
  func place(of position: UInt64, in line: inout EvidenceLine) {
    register.withDocument(at: position) { document in
      let unit = UnitPosition.unit(position)
      line.add("id", document.id)
      line.add("shard", units.shardName(units.units[unit][document.source]))
      line.add("line", linesBefore[unit] + document.line)
    }
  }

  /// A document's id, or its shard and line when it has none.
  func name(of position: UInt64) -> [UInt8] {
    register.withDocument(at: position) { document in
      guard document.id.isEmpty else { return Array(document.id) }
      let unit = UnitPosition.unit(position)
      let shard = units.shardName(units.units[unit][document.source])
      return Array("\(shard):\(linesBefore[unit] + document.line)".utf8)
    } ?? []
  }

  /// The documents of a source with their positions and their lines. Lines that are no documents are passed over.
  func forEachRecord(
    of source: ShardSource, index: Int, task: UnitTask, documents: inout DocumentCursor,
    _ body: (UInt64, UnsafeRawBufferPointer) throws -> Void
  ) throws {
    guard !source.isPlainText else {
      return try units.forEachDocument(of: source, reader: task.reader) { document, batch, _ in
        var line: [UInt8] = []
        batch.withBytes(document.id) { id in
          rewriter.replacingText(of: nil, by: Array(batch.bytes[document.text]), id: id, into: &line)
        }
        try line.withUnsafeBytes { try body(documents.position, $0) }
        documents.advance()
      }
    }
    let lines = try RawLineReader(source: source, options: units.options, fileSystem: units.fileSystem)
    var reported = 0
    while documents.source == index {
      guard let line = try lines.next() else { throw shardChanged(source) }
      guard line.number == documents.line else { continue }
      try body(documents.position, line.bytes)
      documents.advance()
      if lines.bytesRead - reported >= 1 << 20 {
        if Interruption.isRequested { throw Interrupted() }
        task.meter.add(bytes: lines.bytesRead - reported)
        reported = lines.bytesRead
      }
    }
    task.meter.add(bytes: lines.bytesRead - reported)
  }
}

/// Goes through the registered documents of one unit.
struct DocumentCursor {
  private let register: DocumentRegister.Sealed
  private(set) var position: UInt64
  private var next: UInt64 = 0
  /// Source of the current document; -1 behind the last one.
  private(set) var source = -1
  private(set) var line = 0

  init(register: DocumentRegister.Sealed, unit: Int) {
    self.register = register
    position = UnitPosition.make(unit: unit, inside: 0)
    load()
  }

  mutating func advance() {
    position = next
    load()
  }

  private mutating func load() {
    let unit = UnitPosition.unit(position)
    let found = register.withDocument(at: position) { ($0.source, $0.line, $0.next) }
    // Behind the unit's last document stands nothing, or nothing of this unit.
    guard let found, UnitPosition.unit(position) == unit else {
      source = -1
      return
    }
    (source, line, next) = found
  }
}
