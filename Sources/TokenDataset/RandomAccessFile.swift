// Reading with pread, not with a mapping: a file that somebody cuts short under us is then an error and not a SIGBUS.
import CorpusCore
import Glibc

/// A regular file open for reading at any offset.
final class RandomAccessFile: Sendable {
  let path: String
  /// Size when it was opened.
  let byteCount: Int
  private let descriptor: Int32

  /// Throws `noInput` when there is no such regular file or it may not be read.
  init(path: String) throws(TokenDatasetFailure) {
    // Without O_NONBLOCK, opening a named pipe would wait for a writer that never comes.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw TokenDatasetFailure(.noInput, path: path, "cannot be opened: \(systemMessage(errno))")
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw TokenDatasetFailure(.noInput, path: path, "is not a regular file")
    }
    self.path = path
    self.byteCount = Int(status.st_size)
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Fills `values` from `offset` on; throws `inputOutput` when the file has not that much.
  func read<Value: BitwiseCopyable>(into values: inout [Value], at offset: Int) throws(TokenDatasetFailure) {
    let wanted = values.count * MemoryLayout<Value>.stride
    let fault: Int32? = values.withUnsafeMutableBytes { fill($0, at: offset) }
    guard let fault else { return }
    let reason = fault == 0 ? "the file became shorter while it was being read" : systemMessage(fault)
    throw TokenDatasetFailure(.inputOutput, path: path, "reading \(wanted) bytes at byte \(offset): \(reason)")
  }

  /// nil when the buffer is full, 0 at the end of the file, or else an errno.
  private func fill(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Int32? {
    guard let base = buffer.baseAddress else { return nil }
    var done = 0
    while done < buffer.count {
      let count = pread(descriptor, base + done, min(buffer.count - done, 1 << 30), offset + done)
      if count > 0 {
        done += count
      } else if count == 0 {
        return 0
      } else if errno != EINTR {
        return errno
      }
    }
    return nil
  }
}

/// The elements of one array of an `.idx` (or of a `.bin`), in order, through a block of at most 256 KiB.
///
/// Reading straight into an array of `Element` makes the values aligned whatever their offset in the file is.
struct ArrayCursor<Element: FixedWidthInteger & BitwiseCopyable> {
  private let file: RandomAccessFile
  private var offset: Int
  private var unread: Int
  private var block: [Element] = []
  private var position = 0

  init(_ file: RandomAccessFile, offset: Int, count: Int) {
    self.file = file
    self.offset = offset
    self.unread = count
  }

  /// The next element, nil after the last.
  mutating func next() throws(TokenDatasetFailure) -> Element? {
    if position == block.count {
      guard unread > 0 else { return nil }
      let count = min(unread, (256 << 10) / MemoryLayout<Element>.size)
      if block.count != count { block = [Element](repeating: 0, count: count) }
      try file.read(into: &block, at: offset)
      offset += count * MemoryLayout<Element>.size
      unread -= count
      position = 0
    }
    defer { position += 1 }
    return Element(littleEndian: block[position])
  }
}

/// The words of the C library for an errno, and what to do about it.
func systemMessage(_ code: Int32) -> String { explanation(ofSystemError: code) }
