import CKernels
import TestSupport
import Testing

@testable import TextProcessing

/// Kernels that look at 64 characters at once, against their portable twins.
@Suite struct CharacterRunTests {
  @Test func levelsFindTheSameLongRuns() {
    var generator = SplitMix64(state: 9)
    for round in 0..<3000 {
      let rows = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
      func isOfKind(_ byte: UInt8) -> Bool { byte < 0x80 && rows[Int(byte & 15)] >> (byte >> 4) & 1 == 1 }
      let kind = (0...255).filter { isOfKind($0) }
      let others = (0...255).filter { !isOfKind($0) }
      guard let one = kind.randomElement(using: &generator) else { continue }
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 0..<12, using: &generator) {
        // Runs about as long as is asked for, and some over blocks of 64.
        let length = Int.random(in: round % 3 == 0 ? 0...200 : 15...22, using: &generator)
        bytes += (0..<length).map { _ in kind.randomElement(using: &generator) ?? one }
        bytes += (0..<Int.random(in: 1...3, using: &generator)).map { _ in
          others.randomElement(using: &generator) ?? 0xFF
        }
      }
      if round % 2 == 0 { bytes += [UInt8](repeating: one, count: Int.random(in: 0..<40, using: &generator)) }
      var from = 0
      while from < bytes.count {
        let places = bytes.indices.dropFirst(from).filter { $0 == from || !isOfKind(bytes[$0 - 1]) }
        let wanted = places.first { place in bytes[place...].prefix { isOfKind($0) }.count >= Int(xylem_long_run) }
        for level in [xylem_byte_run_portable, xylem_byte_run_avx512] {
          let found = xylem_next_long_run_at_level(bytes, bytes.count, from, rows, Int32(level.rawValue))
          #expect(found == wanted ?? bytes.count, "round \(round)")
        }
        from = (wanted ?? bytes.count) + (bytes[(wanted ?? bytes.count)...].prefix { isOfKind($0) }.count)
      }
    }
  }

  @Test func levelsKeepTheSameBytes() {
    var generator = SplitMix64(state: 2)
    let room = 512
    for round in 0..<3000 {
      let rows = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
      func stays(_ byte: UInt8) -> Bool {
        let row = rows[Int(byte & 15) + (byte < 0x80 ? 0 : 16)]
        return row >> (byte >> 4 & 7) & 1 == 1
      }
      // One in how many is not ASCII; of those, in every other round, none stops.
      let rarity = [Int.max, 60, 4][round % 3]
      let bytes = (0..<Int.random(in: 0..<400, using: &generator)).map { _ in
        let byte = UInt8.random(in: 0..<0x80, using: &generator)
        // Every other one begins or continues a character that may be left out.
        let high = Bool.random(using: &generator) ? byte | 0x80 : [0xE0, 0xA0 | byte & 1, 0xA8][Int(byte) % 3]
        return Int.random(in: 0..<rarity, using: &generator) == 0 && (round % 2 == 0 || stays(high)) ? high : byte
      }
      var third = xylem_third_bytes()
      withUnsafeMutableBytes(of: &third) { third in
        for second in 0..<64 where round % 4 != 0 {
          let first = UInt8.random(in: 0x80...0xBF, using: &generator)
          (third[second], third[64 + second]) = (first, UInt8.random(in: 0...(0xC0 - first), using: &generator))
        }
      }
      func isLeftOut(_ place: Int) -> Bool {
        guard bytes[place] == 0xE0, place + 2 < bytes.count, bytes[place + 1] & 0xC0 == 0x80 else { return false }
        return withUnsafeBytes(of: third) { third in
          let second = Int(bytes[place + 1] & 63)
          return bytes[place + 2] &- third[second] < third[64 + second]
        }
      }
      // Up to where it may read, or up to what stops it.
      var plain: [UInt8] = []
      var read = 0
      let blocks = bytes.count < 2 ? 0 : (bytes.count - 2) / 64 * 64
      while read < blocks, bytes[read] < 0x80 || stays(bytes[read]) {
        if isLeftOut(read) {
          read += 3
        } else {
          if stays(bytes[read]) { plain.append(bytes[read]) }
          read += 1
        }
      }
      func kept(_ level: Int32) -> (read: Int, bytes: [UInt8]) {
        var out = [UInt8](repeating: 0, count: room)
        var made = 0
        let read = xylem_keep_bytes_at_level(bytes, bytes.count, rows, &third, &out, &made, level)
        return (read, Array(out[..<made]))
      }
      for level: Int32 in 0...2 {
        let found = kept(level)
        #expect(found.read == read && found.bytes == plain, "round \(round), level \(level)")
      }
    }
  }

  @Test func levelsTakeTheSameClasses() {
    var generator = SplitMix64(state: 3)
    for shift: UInt32 in [0, 21, 30] {
      for runs in 0..<6 {
        // One number more, which nobody may touch.
        let entries = (0...(64 * runs)).map { _ in UInt32.random(in: 0...UInt32.max, using: &generator) }
        func bits(_ shift: UInt32) -> [UInt64] {
          (0..<runs).map { run in
            (0..<64).reduce(0) { $0 | UInt64(entries[64 * run + $1] >> shift & 1) << UInt64($1) }
          }
        }
        for level: Int32 in 0...2 {
          var values = entries
          var low = [UInt64](repeating: 7, count: runs)
          var high = low
          xylem_take_classes_at_level(&values, runs, shift, &low, &high, level)
          #expect(low == bits(shift) && high == bits(shift + 1))
          #expect(values == entries.dropLast().map { $0 % (1 << shift) } + [entries[64 * runs]])
        }
      }
    }
  }
}
