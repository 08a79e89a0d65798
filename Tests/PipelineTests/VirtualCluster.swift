// A Slurm cluster on a virtual clock: nodes lose power, go on after they were given up, are preempted, run out of time or
// memory; processes pause in the middle of a commit while others do the same unit. What happens follows from a seed alone.
import CorpusCore
import CorpusIO
import Foundation
import TestSupport

@testable import Pipeline

/// The driver is dead: thrown out of the scheduler's answers.
struct DriverDied: Error {}

/// What may happen, in thousandths of whatever it may happen to.
struct SimulatedChances: Sendable {
  /// Of the elements that start.
  var incidents = 150
  /// Of the units that are done: the process dies at one of its file operations.
  var deathsInUnit = 3
  /// Of the units that are done: the process sleeps at one of its file operations, and the world goes on.
  var pausesInUnit = 10
  /// Of the units that are done: a file operation fails.
  var diskErrors = 3
  /// Of the units that are done: twenty times as long as others.
  var stragglers = 10
  /// Of the elements that are queued again: held until somebody releases them.
  var holds = 30
  /// Of the driver's questions.
  var silences = 20
  var driverDeaths = 5
}

// Unchecked: a simulation has one thread.
final class VirtualCluster: BatchScheduler, @unchecked Sendable {
  struct Tally: Equatable {
    var started = 0
    var deaths = 0
    var givenUp = 0
    var preempted = 0
    var timeouts = 0
    var failedUnits = 0
    var diskErrors = 0
    var committed = 0
    var pauses = 0
    var mostRunning = 0
    var submissions: [String] = []
  }

  private final class Element {
    let id: String
    let units: [Int]
    var isEnded = false
    var isHeld = false
    var isQueued = true
    var process: Process?
    init(id: String, units: [Int]) {
      self.id = id
      self.units = units
    }
  }

  private final class Process: @unchecked Sendable {
    let node: Int
    let element: Element
    let client: InMemoryFileSystem
    var runner: UnitRunner?
    var missing: [Int] = []
    var position = 0
    var isDead = false
    var isDraining = false
    // Of the unit that is being done: operations so far, and at which of them what happens.
    var operations = 0
    var dieAt: Int?
    var failAt: Int?
    var pauseAt: Int?
    init(node: Int, element: Element, client: InMemoryFileSystem) {
      self.node = node
      self.element = element
      self.client = client
    }
  }

  private enum Event {
    case unit(Process)
    case incident(Process)
    case drain(Process)
    case timeLimit(Process)
    case queueAgain(Element)
    case release(Element)
    case nodeUp(Int)
  }

  let root: String
  let disk: InMemoryFileSystem.Disk
  let stage: SimulatedStage
  let chances: SimulatedChances
  private let arraySize: Int
  private let timeLimit: Double?
  private var random: SplitMix64
  private let meter: ProgressMeter

  private(set) var now = 0.0
  private(set) var tally = Tally()
  /// Of all that happened, in order: equal for two simulations in which the same happened.
  private(set) var trace: UInt64 = 0xCBF2_9CE4_8422_2325
  private var events = EventQueue<Event>()
  private var depth = 0
  private var freeNodes: [Int]
  private var waiting: [Element] = []
  private var nextWaiting = 0
  private var running = 0
  private var jobs: [String: [Element]] = [:]
  private var numbers: [String: Int] = [:]
  var isDriverDead = false

  init(
    root: String, disk: InMemoryFileSystem.Disk, stage: SimulatedStage, nodes: Int, arraySize: Int,
    timeLimit: Double?, chances: SimulatedChances, seed: UInt64
  ) {
    self.root = root
    self.disk = disk
    self.stage = stage
    self.arraySize = arraySize
    self.timeLimit = timeLimit
    self.chances = chances
    random = SplitMix64(state: seed)
    freeNodes = Array((0..<nodes).reversed())
    meter = ProgressMeter(stage: SimulatedStage.name, units: stage.planned.count, bytes: 0)
  }

  private func happens(_ thousandths: Int) -> Bool { Int.random(in: 0..<1000, using: &random) < thousandths }
  private func seconds(_ range: Range<Double>) -> Double { Double.random(in: range, using: &random) }

  private func note(_ kind: UInt64, _ number: Int) {
    for word in [kind, UInt64(truncatingIfNeeded: number), now.bitPattern] {
      trace = (trace ^ word) &* 0x0000_0100_0000_01B3
      trace ^= trace >> 31
    }
  }

  // MARK: - What the executor asks

  private func answer() throws {
    if isDriverDead { throw DriverDied() }
    if happens(chances.driverDeaths) {
      isDriverDead = true
      throw DriverDied()
    }
    if happens(chances.silences) { throw SchedulerSilent(message: "no answer") }
  }

  func maximumArrayElements() throws -> Int {
    try answer()
    return arraySize
  }

  func submit(_ script: String) throws -> String {
    try answer()
    func field(after mark: String, upTo end: Character) -> String {
      script.range(of: mark).map { String(script[$0.upperBound...].prefix { $0 != end }) } ?? ""
    }
    let name = field(after: "--job-name=", upTo: "\n")
    let table = try readWholeFile(
      field(after: "+ 1))p\" '", upTo: "'"), limit: 1 << 30, fileSystem: InMemoryFileSystem(clientOf: disk))
    let labels = stage.planned.map(\.label)
    let number = numbers.count + 1
    numbers[name] = number
    tally.submissions.append(name)
    jobs[name] = try table.split(separator: 10).enumerated().map { index, line in
      let units = try UnitSelection(stage: SimulatedStage.name, units: String(decoding: line, as: UTF8.self))
        .indexes(in: labels)
      return Element(id: "\(number)_\(index)", units: units)
    }
    note(1, jobs[name]?.count ?? 0)
    waiting += jobs[name] ?? []
    dispatch()
    // The answer is lost on its way: the job is there.
    try answer()
    return String(number)
  }

  func find(name: String) throws -> String? {
    try answer()
    return numbers[name].map(String.init)
  }

  func queue(names: [String]) throws -> [QueuedElement] {
    try answer()
    return names.flatMap { jobs[$0] ?? [] }.filter { !$0.isEnded }.map {
      QueuedElement(
        job: $0.id, state: $0.process == nil ? "PENDING" : "RUNNING",
        reason: $0.isHeld ? "launch failed requeued held" : "None")
    }
  }

  func wait(seconds: Double) { advance(to: now + seconds) }

  /// An operator releases a held job that the driver complained about.
  func read(message: String) {
    guard message.contains("scontrol release"), let id = message.split(separator: " ").dropFirst().first else { return }
    for elements in jobs.values {
      for element in elements where element.id == id && element.isHeld { events.add(.release(element), at: now + 60) }
    }
  }

  // MARK: - What happens

  /// Until nothing more can happen: copies that were given up come to their ends.
  func runOut() {
    while let time = events.nextTime { advance(to: time) }
  }

  private func advance(to time: Double) {
    depth += 1
    while let next = events.nextTime, next <= time, let event = events.removeFirst() {
      now = max(now, next)
      happen(event)
    }
    now = max(now, time)
    depth -= 1
  }

  private func happen(_ event: Event) {
    switch event {
    case .unit(let process): work(process)
    case .incident(let process): incident(process)
    case .drain(let process): process.isDraining = true
    case .timeLimit(let process):
      guard !process.isDead, process.element.process === process else { return }
      tally.timeouts += 1
      process.element.isEnded = true
      die(process, nodeBackIn: 0, losingBytes: false)
    case .queueAgain(let element):
      guard !element.isEnded else { return }
      element.isHeld = happens(chances.holds)
      if !element.isHeld { enqueue(element) }
    case .release(let element):
      guard element.isHeld else { return }
      element.isHeld = false
      enqueue(element)
    case .nodeUp(let node):
      freeNodes.append(node)
      dispatch()
    }
  }

  private func enqueue(_ element: Element) {
    waiting.append(element)
    dispatch()
  }

  private func dispatch() {
    while nextWaiting < waiting.count, let node = freeNodes.popLast() {
      let element = waiting[nextWaiting]
      nextWaiting += 1
      start(element, on: node)
    }
  }

  private func start(_ element: Element, on node: Int) {
    let client = InMemoryFileSystem(clientOf: disk)
    let process = Process(node: node, element: element, client: client)
    let fileSystem = FaultInjectingFileSystem(over: client) { [unowned self, unowned process] _, _ in judge(process) }
    let directory = RunDirectory(root: root, fileSystem: fileSystem)
    let runner = UnitRunner(directory: directory, journal: Journal(directory: directory))
    process.runner = runner
    element.process = process
    tally.started += 1
    running += 1
    tally.mostRunning = max(tally.mostRunning, running)
    // As a worker does: what is missing is found out once, at the start.
    process.missing = element.units.filter {
      (try? runner.finished(stage.planned[$0], of: stage, withOutputs: false)) == nil
    }
    note(2, element.units.first ?? 0)
    if happens(chances.incidents) {
      events.add(.incident(process), at: now + seconds(0..<Double(60 * process.missing.count + 1)))
    }
    if let timeLimit {
      events.add(.drain(process), at: now + timeLimit - 120)
      events.add(.timeLimit(process), at: now + timeLimit)
    }
    goOn(process)
  }

  private func goOn(_ process: Process) {
    guard process.position < process.missing.count, !process.isDraining else { return end(process) }
    let length = seconds(30..<90) * (happens(chances.stragglers) ? 20 : 1)
    events.add(.unit(process), at: now + length)
  }

  private func work(_ process: Process) {
    guard !process.isDead, let runner = process.runner else { return }
    process.operations = 0
    process.dieAt = happens(chances.deathsInUnit) ? Int.random(in: 1...20, using: &random) : nil
    process.failAt = happens(chances.diskErrors) ? Int.random(in: 1...20, using: &random) : nil
    process.pauseAt = happens(chances.pausesInUnit) ? Int.random(in: 1...20, using: &random) : nil
    let unit = process.missing[process.position]
    do {
      _ = try runner.perform(stage.planned[unit], of: stage, progress: meter, memoryBytes: 0)
      tally.committed += 1
      note(3, unit)
    } catch {
      if !process.isDead { tally.failedUnits += 1 }
      note(4, unit)
    }
    process.dieAt = nil
    process.failAt = nil
    process.pauseAt = nil
    guard !process.isDead else { return }
    process.position += 1
    goOn(process)
  }

  /// Every file operation of a process comes by here.
  private func judge(_ process: Process) -> DiskOperation.Verdict {
    if process.isDead { return .refuse(EIO) }
    process.operations += 1
    if process.operations == process.dieAt {
      let isGivenUp = process.element.process !== process
      if !isGivenUp { queueAgain(process.element, in: 17) }
      die(process, nodeBackIn: 600, losingBytes: true)
      return .refuse(EIO)
    }
    if process.operations == process.failAt {
      tally.diskErrors += 1
      return .fail([ENOSPC, EIO, ESTALE, EROFS, EMFILE][Int.random(in: 0..<5, using: &random)])
    }
    if process.operations == process.pauseAt, depth < 6 {
      tally.pauses += 1
      advance(to: now + seconds(1..<300))
      return process.isDead ? .refuse(EIO) : .goOn
    }
    return .goOn
  }

  private func incident(_ process: Process) {
    guard !process.isDead, process.element.process === process, !process.element.isEnded else { return }
    switch Int.random(in: 0..<6, using: &random) {
    case 0, 1:
      // Power off: the controller notices, and queues the element again.
      queueAgain(process.element, in: 17)
      die(process, nodeBackIn: 600, losingBytes: true)
    case 2, 3:
      // Cut off, or without its daemon: queued again elsewhere, while this copy works on to its end.
      tally.givenUp += 1
      queueAgain(process.element, in: 24)
    case 4:
      tally.preempted += 1
      queueAgain(process.element, in: 6)
      die(process, nodeBackIn: 0, losingBytes: false)
    default:
      // Killed for its memory: the element has failed, and nobody queues it again.
      process.element.isEnded = true
      die(process, nodeBackIn: 0, losingBytes: false)
    }
    note(5, process.node)
  }

  private func queueAgain(_ element: Element, in pause: Double) {
    element.process = nil
    events.add(.queueAgain(element), at: now + pause)
  }

  private func die(_ process: Process, nodeBackIn pause: Double, losingBytes: Bool) {
    guard !process.isDead else { return }
    process.isDead = true
    tally.deaths += 1
    running -= 1
    process.client.crash(keepingPercent: losingBytes ? Int.random(in: 0..<100, using: &random) : 100)
    events.add(.nodeUp(process.node), at: now + pause)
    note(6, process.node)
  }

  private func end(_ process: Process) {
    guard !process.isDead else { return }
    // Dead to whoever still holds an event of it.
    process.isDead = true
    running -= 1
    if process.element.process === process {
      if process.isDraining, process.position < process.missing.count {
        queueAgain(process.element, in: 6)
      } else {
        process.element.isEnded = true
      }
    }
    events.add(.nodeUp(process.node), at: now)
  }
}

/// Events in the order of their times, and of their coming where times are equal. O(log n) each.
private struct EventQueue<Event> {
  private var heap: [(time: Double, number: Int, event: Event)] = []
  private var count = 0

  var nextTime: Double? { heap.first?.time }

  private func precedes(_ a: Int, _ b: Int) -> Bool {
    (heap[a].time, heap[a].number) < (heap[b].time, heap[b].number)
  }

  mutating func add(_ event: Event, at time: Double) {
    heap.append((time, count, event))
    count += 1
    var child = heap.count - 1
    while child > 0, precedes(child, (child - 1) / 2) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func removeFirst() -> Event? {
    guard !heap.isEmpty else { return nil }
    heap.swapAt(0, heap.count - 1)
    let first = heap.removeLast().event
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && precedes(child, least) { least = child }
      if least == parent { return first }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
