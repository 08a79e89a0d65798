// Thousands of runs on simulated clusters that break: the same scheduling and commit code as a real run, on a virtual clock
// and a disk in memory. `XYLEM_SIMULATION_SEEDS=N` runs N small ones, and the large one of 100,000 units on 1,000 nodes.
import Foundation
import TestSupport
import Testing

@testable import Pipeline

struct SimulationTests {
  static let seeds = ProcessInfo.processInfo.environment["XYLEM_SIMULATION_SEEDS"].flatMap { UInt64($0) }

  @Test func `nothing is lost, doubled or left over, whatever breaks`() throws {
    var deaths = 0
    var givenUp = 0
    var pauses = 0
    var failed = 0
    var lost = 0
    var drivers = 0
    var held = 0
    for seed in 0..<(Self.seeds ?? 40) {
      let simulation = Simulation.small(seed: seed)
      let outcome = try simulation.run()
      #expect(outcome.problems == [], "seed \(seed): \(simulation)")
      deaths += outcome.tally.deaths
      givenUp += outcome.tally.givenUp
      pauses += outcome.tally.pauses
      failed += outcome.tally.failedUnits
      lost += outcome.tally.committed - simulation.units
      drivers += outcome.drivers - 1
      held += outcome.tally.preempted + outcome.tally.timeouts
    }
    // All of it must have happened, or the test says nothing.
    #expect(deaths > 20 && givenUp > 5 && pauses > 50 && failed > 5 && lost > 20 && drivers > 20 && held > 5)
  }

  @Test func `the same seed is the same simulation, another seed another`() throws {
    let first = try Simulation.small(seed: 11).run()
    let second = try Simulation.small(seed: 11).run()
    #expect(first.trace == second.trace)
    #expect(first.tally.committed == second.tally.committed && first.virtualSeconds == second.virtualSeconds)
    #expect(first.trace != (try Simulation.small(seed: 12).run()).trace)
  }

  @Test(.enabled(if: seeds != nil, "a minute or two: set XYLEM_SIMULATION_SEEDS"))
  func `a hundred thousand units on a thousand nodes`() throws {
    let simulation = Simulation(
      units: 100_000, nodes: 1000, unitsPerElement: 40, arraySize: 1000, timeLimit: 4 * 3600, seed: 6)
    let outcome = try simulation.run()
    #expect(outcome.problems == [])
    #expect(outcome.tally.deaths > 200 && outcome.tally.givenUp > 50 && outcome.tally.mostRunning == 1000)
    #expect(outcome.tally.committed > 100_000, "some units were done twice")
    #expect(outcome.usage.peakNames < 210_000)
    print(
      "simulation: \(outcome.tally.started) elements started, \(outcome.tally.deaths) deaths, "
        + "\(outcome.tally.givenUp) copies given up that went on, \(outcome.tally.committed - simulation.units) units done "
        + "twice, \(outcome.drivers) drivers, \(outcome.usage.peakNames) names at most, "
        + "\(Int(outcome.virtualSeconds)) s on the virtual clock")
  }
}
