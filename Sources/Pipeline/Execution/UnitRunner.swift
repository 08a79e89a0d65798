// One unit of one stage, whoever asked for it: is it done, and if not, do it and commit it.
import CorpusCore
import CorpusIO

/// Does units in one run directory. What runs where, and when, is an executor's affair.
struct UnitRunner: Sendable {
  let directory: RunDirectory
  let journal: Journal

  /// Does the unit and commits it. One that another process committed meanwhile counts as done; an attempt that fails is
  /// cleared away. Throws `Interrupted` when the person wants to stop.
  func perform<S: Stage>(
    _ unit: PlannedUnit<S.Work>, of stage: S, progress: ProgressMeter, memoryBytes: Int
  ) throws -> UnitManifest<S.Counts> {
    do {
      let began = ContinuousClock.now
      let attempt = try Attempt(
        directory: directory, stage: S.name, unit: unit.label, progress: progress, memoryBytes: memoryBytes)
      let manifest: UnitManifest<S.Counts>
      do {
        let counts = try stage.run(unit, attempt: attempt)
        manifest = try attempt.commit((S.name, unit.label, unit.identity), counts: counts)
      } catch {
        attempt.discard()
        throw error
      }
      journal.append(
        .unit(stage: S.name, unit: unit.label, bytes: unit.bytes, seconds: (ContinuousClock.now - began).seconds))
      return manifest
    } catch let interrupted as Interrupted {
      throw interrupted
    } catch {
      // Another process may have done this unit meanwhile, and cleared away what it was made of.
      if let manifest: UnitManifest<S.Counts> = try? committed(
        stage: S.name, unit: unit.label, identity: unit.identity)
      {
        return manifest
      }
      journal.append(.failure(stage: S.name, unit: unit.label, message: "\(error)"))
      throw error
    }
  }

  /// The manifest of a unit that is done and, where that is asked, whose outputs are all there.
  func finished<S: Stage>(
    _ unit: PlannedUnit<S.Work>, of stage: S, withOutputs: Bool
  ) throws -> UnitManifest<S.Counts>? {
    guard
      let manifest: UnitManifest<S.Counts> = try committed(stage: S.name, unit: unit.label, identity: unit.identity),
      try !withOutputs
        || manifest.outputs.allSatisfy({ try directory.fileSystem.isPresent(directory.absolute($0.path)) })
    else { return nil }
    return manifest
  }

  /// The manifest of a unit that is done. One with another identity belongs to other input or another configuration.
  private func committed<Counts>(stage: String, unit: String, identity: Digest128) throws -> UnitManifest<Counts>? {
    let path = directory.absolute(RunDirectory.manifest(stage: stage, unit: unit))
    guard try directory.fileSystem.isPresent(path) else { return nil }
    let manifest = try decodeJSON(UnitManifest<Counts>.self, path: path, fileSystem: directory.fileSystem)
    guard manifest.identity == identity else {
      throw PlainFailure(
        .configuration,
        "\(path): belongs to other input, configuration or version (identity \(manifest.identity), now \(identity)); "
          + "use another --output, or remove \(directory.root)")
    }
    return manifest
  }
}
