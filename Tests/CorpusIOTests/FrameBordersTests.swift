// A compressed shard cut at the borders of its frames reads as the whole shard does, damaged or not.
import CorpusCore
import Foundation
import TestSupport
import Testing

@testable import CorpusIO

/// How the frames of a test's shard are made.
enum FrameForm: String, CaseIterable, Sendable {
  /// Compressed by the program's own compressor: size and checksum in every frame.
  case zstd
  /// The same, with the seek table of zstd's `contrib/seekable_format` at the end.
  case zstdSeekable
  /// Frames that do not say how much they hold, of raw blocks, with skippable frames between.
  case zstdUnsized
  /// Members that say how long they are (BGZF).
  case blockedGzip
  /// Members that do not.
  case gzip

  var ending: String { rawValue.hasPrefix("zstd") ? "jsonl.zst" : "jsonl.gz" }

  func shard(of pieces: [[UInt8]]) -> [UInt8] {
    var shard: [UInt8] = []
    var entries: [UInt8] = []
    for piece in pieces {
      let frame = self.frame(of: piece)
      shard += frame
      entries += FrameBytes.number(frame.count, bytes: 4) + FrameBytes.number(piece.count, bytes: 4)
    }
    if self == .zstdSeekable {
      let table = entries + FrameBytes.number(pieces.count, bytes: 4) + [0] + FrameBytes.number(0x8F92_EAB1, bytes: 4)
      shard += FrameBytes.number(0x184D_2A5E, bytes: 4) + FrameBytes.number(table.count, bytes: 4) + table
    }
    return shard
  }

  private func frame(of piece: [UInt8]) -> [UInt8] {
    switch self {
    case .zstd, .zstdSeekable: FrameCompressor().compress(piece)
    case .zstdUnsized: FrameBytes.rawFrame(piece) + [0x53, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 9, 9, 9]
    case .blockedGzip: FrameBytes.member(piece, isBlocked: true)
    case .gzip: FrameBytes.member(piece, isBlocked: false)
    }
  }
}

/// Frames and members made by hand, of stored bytes.
enum FrameBytes {
  static func number(_ value: Int, bytes: Int) -> [UInt8] { (0..<bytes).map { UInt8(value >> (8 * $0) & 0xFF) } }

  static func rawFrame(_ piece: [UInt8]) -> [UInt8] {
    var frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x38]
    let blocks = stride(from: 0, to: max(piece.count, 1), by: 100).map { piece[$0..<min($0 + 100, piece.count)] }
    for (index, block) in blocks.enumerated() {
      frame += number(block.count << 3 | (index == blocks.count - 1 ? 1 : 0), bytes: 3) + block
    }
    return frame
  }

  static func member(_ piece: [UInt8], isBlocked: Bool) -> [UInt8] {
    let body: [UInt8] = [1] + number(piece.count, bytes: 2) + number(~piece.count & 0xFFFF, bytes: 2) + piece
    let end = number(Int(crc32(piece)), bytes: 4) + number(piece.count, bytes: 4)
    let size = 18 + body.count + end.count
    let head: [UInt8] =
      isBlocked
      ? [0x1F, 0x8B, 8, 4, 0, 0, 0, 0, 0, 255, 6, 0, 0x42, 0x43, 2, 0] + number(size - 1, bytes: 2)
      : [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
    return head + body + end
  }

  private static func crc32(_ bytes: [UInt8]) -> UInt32 {
    var crc: UInt32 = .max
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
    return ~crc
  }
}

struct FrameBordersTests {
  private typealias Generator = SplitMix64

  /// Lines of every kind, cut anywhere into pieces, some of them empty.
  private func pieces(_ generator: inout Generator) -> [[UInt8]] {
    var text: [UInt8] = generator.next() % 4 == 0 ? [0xEF, 0xBB, 0xBF] : []
    for number in 0..<Int.random(in: 1...60, using: &generator) {
      let word = String(repeating: "wörd ", count: Int.random(in: 0...30, using: &generator))
      switch Int.random(in: 0...9, using: &generator) {
      case 0: break
      case 1: text += "  \r".utf8
      case 2: text += "{\"text\": broken".utf8
      case 3: text += "{\"text\": \"no id \(word)\"}\r".utf8
      default: text += "{\"id\": \"\(number)\", \"text\": \"\(word)\"}".utf8
      }
      text.append(0x0A)
    }
    if Bool.random(using: &generator) { text.removeLast() }
    var pieces: [[UInt8]] = []
    var start = 0
    while start < text.count {
      // Now and then at the end of a line, where the next frame begins with one.
      var end = min(text.count, start + Int.random(in: 0...400, using: &generator))
      if Bool.random(using: &generator), let feed = text[start..<end].lastIndex(of: 0x0A) { end = feed + 1 }
      pieces.append(Array(text[start..<end]))
      start = end
    }
    return pieces
  }

  private func borders(of path: String) throws -> [FrameBorder] {
    let search = try FrameBorders(path: path, fileSystem: LocalFileSystem())
    var found: [FrameBorder] = []
    while let border = try search.next(reach: 1 << 20) { found.append(border) }
    return found
  }

  private func expectSame(_ path: String, cuts: [FrameBorder], as whole: ShardContents, _ note: Comment) throws {
    var together = ShardContents()
    var start = FrameBorder(file: 0, text: 0)
    for end in cuts.map(Optional.some) + [nil] {
      let lines = together.lineCount
      let part = try readShard(path, frames: FrameSpan(start: start, end: end))
      together.texts += part.texts
      together.ids += part.ids
      together.lines += part.lines.map { $0 + lines }
      together.offsets += part.offsets
      together.blankLineCount += part.blankLineCount
      for var record in part.rejected {
        record.location.line += lines
        together.rejected.append(record)
      }
      start = end ?? start
    }
    #expect(together.texts == whole.texts, note)
    #expect(together.ids == whole.ids, note)
    #expect(together.lines == whole.lines, note)
    #expect(together.offsets == whole.offsets, note)
    #expect(together.blankLineCount == whole.blankLineCount, note)
    #expect(together.rejected.map(\.location) == whole.rejected.map(\.location), note)
    #expect(together.reasons == whole.reasons, note)
    #expect(together.rejected.map(\.raw) == whole.rejected.map(\.raw), note)
  }

  private func subset(_ borders: [FrameBorder], size: Int, _ generator: inout Generator) -> [FrameBorder] {
    // As the planner chooses: some text between two cuts, and not at the end of the file.
    var last = 0
    return borders.filter { border in
      guard border.file < size, border.text > last, Int.random(in: 0...2, using: &generator) > 0 else { return false }
      last = border.text
      return true
    }
  }

  @Test(arguments: FrameForm.allCases)
  func `parts between any borders give what the whole shard gives`(form: FrameForm) throws {
    let scratch = try ScratchDirectory()
    for seed in 0..<30 {
      var generator = Generator(state: UInt64(seed))
      let pieces = pieces(&generator)
      let shard = form.shard(of: pieces)
      let path = scratch.path + "/\(seed).\(form.ending)"
      try Data(shard).write(to: URL(fileURLWithPath: path))
      let plain = scratch.path + "/plain.jsonl"
      try Data(pieces.flatMap { $0 }).write(to: URL(fileURLWithPath: plain))
      let whole = try readShard(path)
      let expected = try readShard(plain)
      #expect(whole.texts == expected.texts)
      #expect(whole.offsets == expected.offsets)
      #expect(whole.lines == expected.lines)
      let borders = try borders(of: path)
      // Every frame's end is found, with its place in the text.
      var text = 0
      let ends = pieces.map { piece -> Int in
        text += piece.count
        return text
      }
      #expect(Set(borders.map(\.text)) == Set(ends))
      #expect(borders.map(\.file) == borders.map(\.file).sorted())
      for _ in 0..<3 {
        try expectSame(path, cuts: subset(borders, size: shard.count, &generator), as: whole, "\(form) \(seed)")
      }
    }
  }

  @Test(arguments: FrameForm.allCases)
  func `damage is the same damage however the shard is cut`(form: FrameForm) throws {
    let scratch = try ScratchDirectory()
    var recovered = 0
    for seed in 1000..<1120 {
      var generator = Generator(state: UInt64(seed))
      var shard = form.shard(of: pieces(&generator))
      switch seed % 4 {
      case 0: shard.removeLast(Int.random(in: 0..<shard.count, using: &generator))
      case 1:
        let start = Int.random(in: 0..<shard.count, using: &generator)
        shard.removeSubrange(start..<min(shard.count, start + Int.random(in: 1...50, using: &generator)))
      default:
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
          let place = Int.random(in: 0..<shard.count, using: &generator)
          shard[place] ^= UInt8.random(in: 1...255, using: &generator)
        }
      }
      let path = scratch.path + "/\(seed).\(form.ending)"
      try Data(shard).write(to: URL(fileURLWithPath: path))
      let whole = try readShard(path)
      let place = whole.rejected.first { $0.reason.hasPrefix("shard is") }?.location.byteOffset
      if let place, whole.offsets.contains(where: { $0 > place }) { recovered += 1 }
      let borders = try borders(of: path)
      try expectSame(path, cuts: subset(borders, size: shard.count, &generator), as: whole, "\(form) \(seed)")
      try expectSame(
        path, cuts: borders.filter { $0.file < shard.count && $0.text > 0 }, as: whole, "\(form) \(seed) all")
    }
    // Where frames say where they end, lines behind the damage are read; plain members end the shard. Raw blocks without
    // a checksum hide most damage, so nothing is said of those.
    switch form {
    case .gzip: #expect(recovered == 0)
    case .zstdUnsized: break
    case .zstd, .zstdSeekable, .blockedGzip: #expect(recovered > 5, "\(form): \(recovered)")
    }
  }

  @Test func `a shard of one frame has no border within`() throws {
    let scratch = try ScratchDirectory()
    let path = scratch.path + "/one.jsonl.zst"
    let shard = FrameCompressor().compress(Array("{\"text\": \"a\"}\n".utf8))
    try Data(shard).write(to: URL(fileURLWithPath: path))
    #expect(try borders(of: path).map(\.file) == [shard.count])
    // Nor has a plain file that is only named as compressed.
    let named = scratch.path + "/plain.jsonl.gz"
    try Data("{\"text\": \"a\"}\n".utf8).write(to: URL(fileURLWithPath: named))
    #expect(try borders(of: named).isEmpty)
  }

  @Test func `a seek table that lies changes nothing`() throws {
    let scratch = try ScratchDirectory()
    let pieces = (0..<4).map { Array("{\"text\": \"\($0)\"}\n".utf8) }
    var shard = FrameForm.zstdSeekable.shard(of: pieces)
    // The sizes of the first two frames, one more and one less.
    let table = shard.count - 9 - 4 * 8
    shard[table] += 1
    shard[table + 8] -= 1
    let path = try scratch.write(shard, to: "liar.jsonl.zst")
    let other = try scratch.write(FrameForm.zstd.shard(of: pieces), to: "plain.jsonl.zst")
    #expect(try borders(of: path).dropLast() == borders(of: other)[...])
  }
}
