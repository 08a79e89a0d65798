// What a training in a run has learned so far, for the process that takes over when this one dies: work/train/merges.
//
// The file is replaced as a whole, by its attempt's name. Several processes may train the same unit at once: they learn the
// same merges, so whichever file is found is a beginning of what all of them learn.
import CorpusCore
import CorpusIO
import Tokenization

struct MergeCheckpoint {
  /// A write that takes longer stretches the interval in proportion: at one a second they take a fiftieth of the time.
  private static let quickWrite = 0.02

  private let directory: RunDirectory
  private let key: Digest128
  /// Seconds between two writes, at least.
  private let interval: Double
  private(set) var merges: [LearnedMerge] = []
  private var nextWrite: ContinuousClock.Instant

  /// Takes what an earlier process left of the training of identity `key`. A file that is damaged or of another training
  /// counts as far as its checks hold, which is not at all for the latter.
  init(of key: Digest128, in directory: RunDirectory, interval: Double) throws {
    self.directory = directory
    self.key = key
    self.interval = interval
    nextWrite = .now + .seconds(interval)
    let path = directory.absolute(RunDirectory.mergesSoFar)
    guard try directory.fileSystem.isPresent(path) else { return }
    var log = MergeLog(key: key)
    merges = log.decode(try readWholeFile(path, limit: MergeLog.largestFile, fileSystem: directory.fileSystem))
  }

  /// Takes merges of which the first is number `first`; those that were known from there on are learned again.
  mutating func take(_ learned: ArraySlice<LearnedMerge>, from first: Int) {
    merges.removeLast(max(0, merges.count - first))
    merges += learned
  }

  var isDue: Bool { ContinuousClock.now >= nextWrite }

  /// Returns when what was taken is on stable storage.
  mutating func write() throws {
    let began = ContinuousClock.now
    var log = MergeLog(key: key)
    try replaceFile(log.encode(merges), at: RunDirectory.mergesSoFar, in: directory)
    let taken = (ContinuousClock.now - began).seconds
    nextWrite = .now + .seconds(interval * max(1, taken / Self.quickWrite))
  }

  /// Forgets all: what was taken over does not fit the counts.
  func drop() throws { try directory.fileSystem.remove(directory.absolute(RunDirectory.mergesSoFar)) }
}
