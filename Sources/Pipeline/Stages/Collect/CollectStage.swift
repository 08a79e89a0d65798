// collect: the frames that prepare units wrote, copied in plan order into parts of a language, a removal reason or the
// quarantine. Nothing is decompressed but fingerprints, so units may be small and parts large, and there are never
// units x languages files (docs/decisions/0001).
import CorpusCore
import CorpusIO

/// Frames of one section group that become one part.
public struct CollectWork: Sendable {
  enum Destination: Sendable {
    case language(PartName)
    case removed(reason: String, index: Int)
    case values(PartName)
    case quarantine(index: Int)
    case portrait(index: Int)
  }
  var destination: Destination
  /// The section of the unit files that goes there.
  var section: String
  /// Places of the units in the plan of prepare, of which there may be a hundred thousand in twenty parts each.
  var sources: [Int32]
}

/// What a part holds.
public struct CollectCounts: Codable, Sendable {
  public var part: PartName?
  public var documents = 0
  /// Bytes of JSON lines, not of text alone.
  public var rawBytes = 0
}

struct CollectStage: Stage {
  static let name = "collect"
  /// Portraits that are merged into one: a power of two, so that groups are whole branches of the tree over all units.
  static let portraitsPerPart = 1 << 12
  let configuration: PipelineConfiguration
  let prepared: [UnitManifest<PrepareCounts>]
  let layout: FingerprintLayout

  func units() throws -> [PlannedUnit<CollectWork>] {
    var groups: [String: [(place: Int32, bytes: Int)]] = [:]
    for (place, manifest) in prepared.enumerated() {
      var bytes: [String: Int] = [:]
      for entry in manifest.counts.sections where !entry.section.hasPrefix("fingerprints/") {
        bytes[entry.section, default: 0] += entry.rawBytes
      }
      for (section, bytes) in bytes { groups[section, default: []].append((Int32(place), bytes)) }
    }
    var units: [PlannedUnit<CollectWork>] = []
    for section in groups.keys.sorted() {
      var index = 0
      var current: [Int32] = []
      var bytes = 0
      func close() {
        guard !current.isEmpty else { return }
        units.append(unit(section: section, index: index, sources: current, bytes: bytes))
        index += 1
        current = []
        bytes = 0
      }
      for source in groups[section] ?? [] {
        current.append(source.place)
        bytes += source.bytes
        let isFull =
          section == Section.portrait ? current.count == Self.portraitsPerPart : bytes >= configuration.partBytes
        if isFull { close() }
      }
      close()
    }
    return units
  }

  private func unit(
    section: String, index: Int, sources: [Int32], bytes: Int
  ) -> PlannedUnit<CollectWork> {
    let name = section.split(separator: "/", maxSplits: 1).last.map(String.init) ?? section
    let part = PartName(language: name, index: index)
    let destination: CollectWork.Destination
    let label: String
    if section.hasPrefix("text/") {
      destination = .language(part)
      label = part.label
    } else if section.hasPrefix("values/") {
      destination = .values(part)
      label = "values." + part.label
    } else if section == Section.portrait {
      destination = .portrait(index: index)
      label = "portrait." + part.digits
    } else if section == Section.quarantine {
      destination = .quarantine(index: index)
      label = "quarantine." + part.digits
    } else {
      destination = .removed(reason: name, index: index)
      label = "removed." + part.label
    }
    let identity = unitIdentity(
      stage: Self.name, configuration: configuration.digest,
      parts: [section, String(index)] + sources.map { prepared[Int($0)].identity.description })
    return PlannedUnit(
      label: label, identity: identity, bytes: bytes,
      work: CollectWork(destination: destination, section: section, sources: sources))
  }

  func run(_ unit: PlannedUnit<CollectWork>, attempt: Attempt) throws -> CollectCounts {
    if case .portrait(let index) = unit.work.destination {
      try mergePortraits(unit.work, into: RunDirectory.portrait(index), attempt: attempt)
      return CollectCounts()
    }
    var counts = CollectCounts()
    var numbers: LineNumbers?
    if case .quarantine = unit.work.destination { numbers = LineNumbers(prepared) }
    let output = try attempt.createOutput()
    var fingerprints: OutputFile? = nil
    if case .language = unit.work.destination { fingerprints = try attempt.createOutput() }
    for place in unit.work.sources {
      let source = prepared[Int(place)].unit
      let path = attempt.directory.absolute(RunDirectory.preparedUnit(source))
      let reader = try SectionedFileReader(path: path, fileSystem: attempt.directory.fileSystem)
      for entry in reader.entries where entry.section == unit.work.section {
        if Interruption.isRequested { throw Interrupted() }
        if let numbers {
          let lines = try QuarantineRecord.renumber(try reader.readContents(entry)) {
            numbers.before(unit: source, shard: $0)
          }
          try output.write(lines)
        } else {
          try output.write(try reader.readFrame(entry))
        }
        counts.documents += entry.records
        counts.rawBytes += entry.rawBytes
        // Rows of values are no documents: theirs are counted where their text is.
        var documents = entry.records
        if case .values = unit.work.destination { documents = 0 }
        attempt.progress.add(bytes: entry.rawBytes, documents: documents)
      }
      if case .language(let part) = unit.work.destination {
        for entry in reader.entries where entry.section == Section.fingerprints(part.language) {
          try fingerprints?.write(try reader.readContents(entry))
        }
      }
    }
    guard counts.rawBytes == unit.bytes else {
      throw PlainFailure(
        .badData,
        "\(unit.label): \(counts.rawBytes) bytes in the unit files, \(unit.bytes) in the manifests of prepare; the files in "
          + "\(attempt.directory.absolute("work/prepare")) are not those of this run: remove them and the manifests of prepare"
      )
    }
    let text = try output.finish()
    switch unit.work.destination {
    case .language(let part):
      counts.part = part
      attempt.add(text, as: RunDirectory.prepared(part))
      if let fingerprints {
        let summary = try fingerprints.finish()
        guard summary.bytes == counts.documents * layout.recordBytes else {
          throw PlainFailure(
            .badData,
            "\(part.label): \(summary.bytes) bytes of fingerprints for \(counts.documents) documents of "
              + "\(layout.recordBytes) bytes; the unit files do not belong to this configuration")
        }
        attempt.add(summary, as: RunDirectory.fingerprints(part))
      }
    case .removed(let reason, let index):
      attempt.add(text, as: "removed/\(reason)/\(PartName(language: reason, index: index).fileStem).jsonl.zst")
    case .values(let part): attempt.add(text, as: RunDirectory.values(part))
    case .quarantine(let index):
      attempt.add(text, as: "quarantine/\(PartName(language: "", index: index).fileStem).jsonl")
    case .portrait: preconditionFailure("portraits are merged and not copied")
    }
    return counts
  }

  /// Holds two portraits for each doubling of the sources, whatever their number.
  private func mergePortraits(_ work: CollectWork, into final: String, attempt: Attempt) throws {
    var merging = TextPortrait.merging
    for (number, place) in work.sources.enumerated() {
      if Interruption.isRequested { throw Interrupted() }
      let path = attempt.directory.absolute(RunDirectory.preparedUnit(prepared[Int(place)].unit))
      let reader = try SectionedFileReader(path: path, fileSystem: attempt.directory.fileSystem)
      for entry in reader.entries where entry.section == work.section {
        merging.add(try TextPortrait(try reader.readContents(entry), at: path), number: number)
        attempt.progress.add(bytes: entry.rawBytes)
      }
    }
    let file = try SectionedFileWriter(path: attempt.temporaryPath(), fileSystem: attempt.directory.fileSystem)
    let bytes = try (merging.result ?? TextPortrait()).bytes
    try file.append(
      section: Section.portrait, frame: FrameCompressor().compress(bytes), rawBytes: bytes.count, records: 0)
    attempt.add(try file.finish(), as: final)
  }
}
