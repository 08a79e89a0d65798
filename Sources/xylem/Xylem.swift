// The command line: parse, call, print, exit status. Standard output carries results only; everything else goes to
// standard error. Exit statuses follow sysexits.h (docs/commands.md).
import ArgumentParser
import CorpusCore
import Foundation
import Pipeline

@main
struct Xylem: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "xylem",
    abstract: "From raw multilingual text to a Megatron token dataset, a tokenizer and a report.",
    discussion: """
      Results go to standard output, progress and messages to standard error. Exit status: 0 done, 64 usage, 65 bad \
      data or a failed verification, 66 no input, 73 cannot create output, 74 I/O, 75 some units failed and the same \
      command resumes, 78 configuration, 130 and 143 stopped by a signal.

      Examples:
        xylem run pipelines/demo.yaml --output runs/demo
        xylem stats 'shards/*.jsonl'
        xylem help tokenizer train
      """,
    version: xylemVersion,
    subcommands: [
      RunCommand.self, WorkerCommand.self, PlanCommand.self, StatusCommand.self, VerifyCommand.self,
      ReportCommand.self, ExportCommand.self, CleanCommand.self, TuneCommand.self, DedupCommand.self,
      TokenizerCommand.self, DatasetCommand.self, StatsCommand.self, LanguageCommand.self, DoctorCommand.self,
      ManualCommand.self, CompletionsCommand.self,
    ])

  static func main() {
    StopSignals.install()
    let arguments = Array(CommandLine.arguments.dropFirst())
    do {
      try Suggestions.refuseUnknownCommand(arguments)
      var command = try parseAsRoot(arguments)
      try command.run()
    } catch let interrupted as RunInterrupted {
      fail(interrupted.description, status: 128 + interrupted.signal)
    } catch let failure as any XylemFailure {
      fail(failure.description, status: failure.kind.exitStatus, prefix: "error: ")
    } catch let exit as ExitCode {
      Foundation.exit(exit.rawValue)
    } catch let fault as UsageFault {
      fail(fault.text, status: FailureKind.usage.exitStatus, prefix: "error: ")
    } catch {
      // Help, version and faults of usage: ArgumentParser words them, and ends with 0 or 64.
      guard exitCode(for: error) != .success else { Self.exit(withError: error) }
      var text = fullMessage(for: error)
      if text.hasPrefix("Error: ") { text.removeFirst("Error: ".count) }
      fail(
        Suggestions.message(text, arguments: arguments), status: FailureKind.usage.exitStatus, prefix: "error: ")
    }
  }

  private static func fail(_ message: String, status: Int32, prefix: String = "") -> Never {
    if EventStream.isOn { EventStream.send(FailedEvent(exitStatus: status, message: message)) }
    complain(prefix + message)
    Foundation.exit(status)
  }
}

extension FailureKind {
  /// The status of sysexits.h for this kind of failure.
  var exitStatus: Int32 {
    switch self {
    case .usage: 64
    case .badData: 65
    case .noInput: 66
    case .cannotCreate: 73
    case .inputOutput: 74
    case .incomplete: 75
    case .configuration: 78
    }
  }
}
