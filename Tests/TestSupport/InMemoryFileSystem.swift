// A disk in memory, shared by many clients like a file server: names change at once for all, and what a client wrote but did
// not synchronize is lost in part when it dies. For simulations of more processes than a machine has.
import CorpusCore
import Glibc
import Synchronization

public import CorpusIO

/// One client of a shared disk. Paths are taken as they are spelt: absolute, without `.` and `..`.
public final class InMemoryFileSystem: FileSystem {
  /// What all clients see.
  public final class Disk: Sendable {
    struct State {
      var files: [Int: [UInt8]] = [:]
      var links: [Int: Int] = [:]
      var nextFile = 1
      /// Every name but that of the root; a directory is a negative number of no further meaning.
      var names: [String: Int] = [:]
      var children: [String: Set<String>] = ["/": []]
      /// Times that each name was given to a file by `link`.
      var linked: [String: Int] = [:]
      var usage = Usage()
    }
    let state = Mutex(State())

    public init() {}

    public var usage: Usage { state.withLock { $0.usage } }
    /// Names that `link` gave more than once.
    public var namesLinkedTwice: [String] { state.withLock { $0.linked.filter { $1 > 1 }.map(\.key).sorted() } }
    /// Names of all files, sorted.
    public var fileNames: [String] { state.withLock { $0.names.filter { $1 > 0 }.map(\.key).sorted() } }
  }

  /// How much was in use at most.
  public struct Usage: Sendable, Equatable {
    public var names = 0
    public var peakNames = 0
    /// The longest that a directory has been, by its path.
    public var peakEntries: [String: Int] = [:]
    public var operations = 0
  }

  private struct Handle {
    var file: Int
    var offset = 0
    var path: String
  }
  private struct Handles {
    var open: [Int32: Handle] = [:]
    var next: Int32 = 1000
    var unsynchronized: Set<Int> = []
    var writebacks: [Range<Int>] = []
  }

  private let disk: Disk
  private let handles = Mutex(Handles())

  public init(clientOf disk: Disk) { self.disk = disk }

  /// What this client wrote and did not synchronize keeps `kept` percent of its bytes: its machine lost the rest.
  public func crash(keepingPercent kept: Int) {
    let lost = handles.withLock { handles in
      defer { handles = Handles() }
      return handles.unsynchronized
    }
    disk.state.withLock { state in
      for file in lost {
        guard let bytes = state.files[file] else { continue }
        state.files[file] = Array(bytes.prefix(bytes.count * kept / 100))
      }
    }
  }

  private func fail(_ action: String, _ path: String, _ code: Int32, _ kind: FailureKind) -> CorpusIOFailure {
    .system(action, path: path, code: code, kind: kind)
  }

  /// Runs `body` on the disk; its failure travels in a Result, because `withLock` does not pass typed throws on here.
  private func onDisk<Value: Sendable>(
    _ body: (inout sending Disk.State) -> Result<Value, CorpusIOFailure>
  ) throws(CorpusIOFailure) -> Value {
    try disk.state.withLock { state in
      state.usage.operations += 1
      return body(&state)
    }.get()
  }

  public func openForReading(_ path: String) throws(CorpusIOFailure) -> Int32 {
    let file = try onDisk { state -> Result<Int, CorpusIOFailure> in
      guard let file = state.names[path], file > 0 else {
        return .failure(
          fail("cannot open for reading", path, state.names[path] == nil ? ENOENT : EISDIR, .noInput))
      }
      return .success(file)
    }
    return handle(of: file, path)
  }

  public func createExclusively(_ path: String) throws(CorpusIOFailure) -> Int32 {
    let file = try onDisk { state -> Result<Int, CorpusIOFailure> in
      guard state.names[path] == nil else { return .failure(fail("cannot create", path, EEXIST, .cannotCreate)) }
      guard state.isDirectory(directoryName(of: path)) else {
        return .failure(fail("cannot create", path, ENOENT, .cannotCreate))
      }
      let file = state.nextFile
      state.nextFile += 1
      state.files[file] = []
      state.add(path, file)
      return .success(file)
    }
    handles.withLock { _ = $0.unsynchronized.insert(file) }
    return handle(of: file, path)
  }

  private func handle(of file: Int, _ path: String) -> Int32 {
    handles.withLock { handles in
      handles.next += 1
      handles.open[handles.next] = Handle(file: file, path: path)
      return handles.next
    }
  }

  private func handle(_ fd: Int32) throws(CorpusIOFailure) -> Handle {
    guard let handle = handles.withLock({ $0.open[fd] }) else {
      throw fail("cannot use", "descriptor", EBADF, .inputOutput)
    }
    return handle
  }

  public func read(
    _ fd: Int32, into buffer: UnsafeMutableRawBufferPointer, path: String
  ) throws(CorpusIOFailure) -> Int {
    let handle = try handle(fd)
    let bytes = try onDisk {
      .success(($0.files[handle.file] ?? [])[...].dropFirst(handle.offset).prefix(buffer.count))
    }
    bytes.withUnsafeBytes { buffer.copyMemory(from: $0) }
    handles.withLock { $0.open[fd]?.offset += bytes.count }
    return bytes.count
  }

  public func seek(_ fd: Int32, to offset: Int, path: String) throws(CorpusIOFailure) {
    _ = try handle(fd)
    handles.withLock { $0.open[fd]?.offset = offset }
  }

  public func write(_ fd: Int32, _ bytes: UnsafeRawBufferPointer, path: String) throws(CorpusIOFailure) {
    let file = try handle(fd).file
    let copy = Array(bytes)
    try onDisk { state in
      state.files[file, default: []].append(contentsOf: copy)
      return .success(())
    }
  }

  public func append(_ bytes: UnsafeRawBufferPointer, to path: String) throws(CorpusIOFailure) {
    let copy = Array(bytes)
    try onDisk { state -> Result<Void, CorpusIOFailure> in
      guard state.isDirectory(directoryName(of: path)) else {
        return .failure(fail("cannot append", path, ENOENT, .cannotCreate))
      }
      if state.names[path] == nil {
        state.add(path, state.nextFile)
        state.nextFile += 1
      }
      state.files[state.names[path] ?? 0, default: []].append(contentsOf: copy)
      return .success(())
    }
  }

  /// The ranges, of whatever files, that the disk was set to work on.
  public var writebacks: [Range<Int>] { handles.withLock { $0.writebacks } }

  public func beginWriteback(_ fd: Int32, _ range: Range<Int>) { handles.withLock { $0.writebacks.append(range) } }

  public func synchronize(_ fd: Int32, path: String) throws(CorpusIOFailure) {
    let file = try handle(fd).file
    handles.withLock { _ = $0.unsynchronized.remove(file) }
  }

  public func synchronizeDirectory(_ path: String) throws(CorpusIOFailure) {
    try onDisk { state in
      state.isDirectory(path)
        ? .success(()) : .failure(fail("cannot bring the directory to stable storage", path, ENOENT, .inputOutput))
    }
  }

  public func close(_ fd: Int32) { handles.withLock { _ = $0.open.removeValue(forKey: fd) } }

  public func link(_ from: String, to: String) throws(CorpusIOFailure) -> Bool {
    try onDisk { state -> Result<Bool, CorpusIOFailure> in
      guard let file = state.names[from], file > 0, state.isDirectory(directoryName(of: to)) else {
        return .failure(fail("cannot give this name to \(from)", to, ENOENT, .cannotCreate))
      }
      guard state.names[to] == nil else { return .success(false) }
      state.add(to, file)
      state.linked[to, default: 0] += 1
      return .success(true)
    }
  }

  public func rename(_ from: String, to: String) throws(CorpusIOFailure) {
    try onDisk { state -> Result<Void, CorpusIOFailure> in
      guard let file = state.names[from], file > 0, state.isDirectory(directoryName(of: to)) else {
        return .failure(fail("cannot rename \(from) to this", to, ENOENT, .cannotCreate))
      }
      state.removeName(to)
      state.add(to, file)
      state.removeName(from)
      return .success(())
    }
  }

  public func remove(_ path: String) throws(CorpusIOFailure) {
    try onDisk { state in
      state.removeName(path)
      return .success(())
    }
  }

  public func removeTree(_ path: String) throws(CorpusIOFailure) {
    try onDisk { state in
      state.removeTree(path)
      return .success(())
    }
  }

  public func removeEmptyDirectory(_ path: String) {
    try? onDisk { state in
      if state.children[path]?.isEmpty == true { state.removeName(path) }
      return .success(())
    }
  }

  public func makeDirectories(_ path: String) throws(CorpusIOFailure) {
    try onDisk { state -> Result<Void, CorpusIOFailure> in
      var missing: [String] = []
      var directory = path
      while !state.isDirectory(directory) {
        guard state.names[directory] == nil else {
          return .failure(fail("cannot create the directory", directory, ENOTDIR, .cannotCreate))
        }
        missing.append(directory)
        directory = directoryName(of: directory)
      }
      for directory in missing.reversed() {
        state.add(directory, -1)
        state.children[directory] = []
      }
      return .success(())
    }
  }

  public func size(of path: String) throws(CorpusIOFailure) -> Int? {
    try onDisk { state in .success(state.names[path].map { state.files[$0]?.count ?? 0 }) }
  }

  public func exists(_ path: String) -> Bool { disk.state.withLock { $0.names[path] != nil } }

  public func isDirectory(_ path: String) throws(CorpusIOFailure) -> Bool? {
    try onDisk { state in .success(state.isDirectory(path) ? true : state.names[path].map { _ in false }) }
  }

  public func names(in path: String) throws(CorpusIOFailure) -> [String] {
    try onDisk { .success(($0.children[path] ?? []).sorted()) }
  }

  /// Only a name that stands for itself.
  public func paths(matching pattern: String) throws(CorpusIOFailure) -> [String] {
    exists(pattern) ? [pattern] : []
  }

  public func freeBytes(at path: String) throws(CorpusIOFailure) -> Int { Int.max }
}

extension InMemoryFileSystem.Disk.State {
  func isDirectory(_ path: String) -> Bool { children[path] != nil }

  mutating func add(_ path: String, _ file: Int) {
    names[path] = file
    if file > 0 { links[file, default: 0] += 1 }
    let directory = directoryName(of: path)
    children[directory, default: []].insert(String(path.dropFirst(directory == "/" ? 1 : directory.utf8.count + 1)))
    usage.names = names.count
    usage.peakNames = max(usage.peakNames, names.count)
    let entries = children[directory]?.count ?? 0
    if entries > usage.peakEntries[directory, default: 0] { usage.peakEntries[directory] = entries }
  }

  mutating func removeName(_ path: String) {
    guard let file = names.removeValue(forKey: path) else { return }
    let directory = directoryName(of: path)
    children[directory]?.remove(String(path.dropFirst(directory == "/" ? 1 : directory.utf8.count + 1)))
    children[path] = nil
    usage.names = names.count
    guard file > 0 else { return }
    links[file, default: 1] -= 1
    if links[file] == 0 {
      links[file] = nil
      files[file] = nil
    }
  }

  mutating func removeTree(_ path: String) {
    for name in children[path] ?? [] { removeTree(path + "/" + name) }
    removeName(path)
  }
}
