// What this process holds in memory now, as Linux tells it.
import Foundation

/// Resident bytes of the process at this time; nil where the system does not say.
public func residentBytes() -> Int? {
  guard let file = fopen("/proc/self/statm", "r") else { return nil }
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 256)
  guard fgets(&line, 256, file) != nil else { return nil }
  let words = line.prefix { $0 != 0 }.split(separator: 32)
  guard words.count > 1, let pages = Int(String(decoding: words[1].map { UInt8(bitPattern: $0) }, as: UTF8.self)) else {
    return nil
  }
  return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
}
