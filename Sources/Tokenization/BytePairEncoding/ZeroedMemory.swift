// Large tables straight from the system: zero without being written, in large pages where the system has them.
#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Zeroed memory of a fixed size, given back when its owner goes.
struct ZeroedMemory: ~Copyable {
  private static let largePage = 2 << 20
  let base: UnsafeMutableRawPointer
  let byteCount: Int
  private let mapped: (base: UnsafeMutableRawPointer, byteCount: Int)

  init(byteCount: Int, inLargePages: Bool = true) {
    // Half a large page and more begins on a page boundary of that size and is asked for in large pages, before the
    // first touch: a look-up at random costs a page walk otherwise.
    let isLarge = inLargePages && byteCount >= Self.largePage / 2
    let size = isLarge ? (byteCount + Self.largePage - 1) & ~(Self.largePage - 1) : byteCount
    let mappedSize = isLarge ? size + Self.largePage : max(size, 1)
    let memory = mmap(nil, mappedSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let memory, memory != MAP_FAILED else { preconditionFailure("out of memory for \(byteCount) bytes") }
    mapped = (memory, mappedSize)
    self.byteCount = byteCount
    base = isLarge ? memory.alignedUp(toMultipleOf: Self.largePage) : memory
    #if canImport(Glibc)
      if isLarge { _ = madvise(base, size, MADV_HUGEPAGE) }
    #endif
  }

  deinit { munmap(mapped.base, mapped.byteCount) }
}
