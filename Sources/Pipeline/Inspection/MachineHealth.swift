// `xylem doctor`: what a run would find on this machine.
import CorpusIO
import Foundation

public struct MachineHealth: Codable, Sendable {
  public var version: String
  public var cores: Int
  public var memoryBytes: Int
  public var freeDiskBytes: Int
  public var vectorUnit: String
  public var openFileLimit: Int
  /// Whether link(2) works in the output directory: commits need it.
  public var canLink: Bool
  public var advice: [String]

  enum CodingKeys: String, CodingKey {
    case version, cores, advice
    case memoryBytes = "memory_bytes"
    case freeDiskBytes = "free_disk_bytes"
    case vectorUnit = "vector_unit"
    case openFileLimit = "open_file_limit"
    case canLink = "can_link"
  }

  /// Looks at the machine; writes and removes two tiny files in `output`.
  public static func examine(output: String) -> MachineHealth {
    let fileSystem = LocalFileSystem()
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    let flags = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let unit = flags.contains("avx512bw") ? "AVX-512" : flags.contains("avx2") ? "AVX2" : "baseline"
    var health = MachineHealth(
      version: xylemVersion, cores: ProcessInfo.processInfo.activeProcessorCount,
      memoryBytes: Int(ProcessInfo.processInfo.physicalMemory),
      freeDiskBytes: (try? fileSystem.freeBytes(at: output)) ?? 0,
      vectorUnit: unit, openFileLimit: Int(min(limit.rlim_cur, 1 << 30)), canLink: linkWorks(in: output, fileSystem),
      advice: [])
    if !health.canLink {
      health.advice.append("choose an output directory on a file system with hard links that you may write to")
    }
    if health.openFileLimit < 1024 { health.advice.append("raise the limit of open files: ulimit -n 4096") }
    if health.freeDiskBytes < 1 << 30 { health.advice.append("less than 1 GB free: choose another output directory") }
    if unit == "baseline" { health.advice.append("no AVX2: everything works, encoding and fingerprints run slower") }
    return health
  }

  private static func linkWorks(in directory: String, _ fileSystem: LocalFileSystem) -> Bool {
    let path = directory + "/.xylem-doctor-\(ProcessInfo.processInfo.processIdentifier)"
    defer {
      try? fileSystem.remove(path)
      try? fileSystem.remove(path + ".link")
    }
    guard let descriptor = try? fileSystem.createExclusively(path) else { return false }
    fileSystem.close(descriptor)
    return (try? fileSystem.link(path, to: path + ".link")) == true
  }
}
