// An array of plain values in memory of its own: no reference counts, no bounds checks, growth by realloc.
#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Storage for hot loops. Indices are trusted: only this module's own invariants may produce them.
struct RawArray<Element: BitwiseCopyable>: ~Copyable {
  private(set) var base: UnsafeMutablePointer<Element>
  private(set) var count: Int
  private(set) var capacity: Int

  init(capacity: Int = 16) {
    self.capacity = max(capacity, 1)
    count = 0
    base = Self.resized(nil, to: self.capacity)
  }

  /// For an array that is soon to be filled: large pages, where the system has them, cost a fault for each 2 MiB instead
  /// of 512. Memory is touched only as far as it is used, in steps of a page.
  init(inLargePages capacity: Int) {
    self.init(capacity: 1)
    reserveInLargePages(capacity)
  }

  /// In large pages before the first touch, for a table that is looked up at random.
  init(inLargePages count: Int, repeating value: Element) {
    self.init(inLargePages: count)
    base.initialize(repeating: value, count: count)
    self.count = count
  }

  init(repeating value: Element, count: Int) {
    self.init(capacity: count)
    base.initialize(repeating: value, count: count)
    self.count = count
  }

  deinit { free(base) }

  /// Valid until the array grows or goes.
  var elements: UnsafeBufferPointer<Element> { UnsafeBufferPointer(start: base, count: count) }

  var byteCount: Int { capacity * MemoryLayout<Element>.stride }

  @inline(__always)
  subscript(_ index: Int) -> Element {
    get { base[index] }
    nonmutating set { base[index] = newValue }
  }

  @inline(__always)
  mutating func append(_ element: Element) {
    if count == capacity { reserve(count + 1) }
    base[count] = element
    count &+= 1
  }

  mutating func append(from source: UnsafePointer<Element>, count added: Int) {
    reserve(count + added)
    (base + count).update(from: source, count: added)
    count += added
  }

  /// Adds `added` elements whose values are not set yet.
  mutating func appendUninitialized(_ added: Int) {
    reserve(count + added)
    count += added
  }

  /// Adds what `fill` writes behind the last element: it is given `room` unset places and returns how many it set.
  @inline(__always)
  mutating func append(room: Int, _ fill: (UnsafeMutablePointer<Element>) -> Int) {
    reserve(count + room)
    count += fill(base + count)
  }

  @inline(__always)
  mutating func removeLast() -> Element {
    count &-= 1
    return base[count]
  }

  mutating func removeAll() { count = 0 }

  /// O(rest).
  mutating func removeFirst(_ removed: Int) {
    base.update(from: base + removed, count: count - removed)
    count -= removed
  }

  /// Forgets the elements from `newCount` on, which is at most `count`.
  mutating func truncate(to newCount: Int) { count = newCount }

  /// Gives back memory that no element uses.
  mutating func shrink() {
    let needed = max(count, 1)
    guard needed < capacity else { return }
    capacity = needed
    base = Self.resized(base, to: capacity)
  }

  /// Asks for 2 MiB pages: random access to a table larger than a TLB reaches is then one miss instead of two. A hint.
  func preferHugePages() {
    #if canImport(Glibc)
      let page = 2 << 20
      let address = Int(bitPattern: base)
      let start = (address + page - 1) / page * page
      let end = (address + byteCount) / page * page
      if end > start { madvise(UnsafeMutableRawPointer(bitPattern: start), end - start, MADV_HUGEPAGE) }
    #endif
  }

  mutating func reserve(_ minimum: Int) {
    guard minimum > capacity else { return }
    capacity = max(minimum, capacity + capacity / 2 + 16)
    base = Self.resized(base, to: capacity)
  }

  /// Room for `minimum` elements, in large pages where that is worth it.
  mutating func reserveInLargePages(_ minimum: Int) {
    guard minimum > capacity else { return }
    let page = 2 << 20
    let size = minimum * MemoryLayout<Element>.stride
    var memory: UnsafeMutableRawPointer?
    guard size >= page / 2, posix_memalign(&memory, page, (size + page - 1) / page * page) == 0, let memory else {
      return reserve(minimum)
    }
    #if canImport(Glibc)
      _ = madvise(memory, (size + page - 1) / page * page, MADV_HUGEPAGE)
    #endif
    let moved = memory.bindMemory(to: Element.self, capacity: minimum)
    moved.update(from: base, count: count)
    free(base)
    base = moved
    capacity = minimum
  }

  private static func resized(_ old: UnsafeMutablePointer<Element>?, to capacity: Int) -> UnsafeMutablePointer<Element>
  {
    guard let memory = realloc(old, capacity * MemoryLayout<Element>.stride) else {
      preconditionFailure("out of memory for \(capacity) elements")
    }
    return memory.bindMemory(to: Element.self, capacity: capacity)
  }
}

/// Whether two runs of bytes are equal.
@inline(__always)
func equalBytes(_ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>, _ count: Int) -> Bool {
  memcmp(a, b, count) == 0
}
