// A configuration file as bytes. Read with a ceiling, so that a path to something huge or endless does no harm.
import Foundation

enum SmallFile {
  /// All bytes of the file at `path`, at most one more than a configuration file may have (the parser refuses those).
  static func bytes(path: String) throws(ConfigurationFailure) -> [UInt8] {
    func failure() -> ConfigurationFailure {
      let reason = String(cString: strerror(errno))
      return ConfigurationFailure(
        [ConfigurationFault(file: path, line: 0, column: 0, message: "cannot be read: \(reason)")], kind: .noInput)
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure() }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count <= StrictYAML.maximumByteCount {
      let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        throw failure()
      }
      if count == 0 { break }
      bytes.append(contentsOf: chunk[..<count])
    }
    return bytes
  }
}
