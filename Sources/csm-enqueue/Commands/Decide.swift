import ArgumentParser
import CSMCore
import CSMDeciding
import CSMFiles
import CSMInput
import CSMReports
import CSMSQLite
import CSMWorkplace
import Foundation

/// `csm-enqueue decide`: carries out the decisions made on a page.
struct Decide: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Carry out the decisions that you saved on a review page.",
    discussion: """
      Shows what it would do and what that costs, then does it if you agree on a terminal or give --yes. \
      Lines that have changed since the page was made, or are gone, are named and left alone. Running the \
      same file again does nothing more. csm-enqueue help formats describes the file.

      Examples:
        csm-enqueue decide night1-decisions.jsonl
        csm-enqueue decide night1-decisions.jsonl --yes
      """)

  @Argument(
    help: "The file, or - for standard input.", completion: .file(extensions: ["jsonl"]))
  var file: String

  @Flag(name: [.customShort("y"), .long], help: "Do it without asking.")
  var yes = false

  @Flag(help: "Print JSON, one object per decision.")
  var json = false

  func run() throws {
    let decisions = try read()
    let workplace = try Workplace(note: Console.note)
    let price = workplace.settings.rules.price
    let plan = try workplace.reading { try DecisionPlan(decisions, $0, price: price) }
    if json {
      for item in plan.items { try Console.print(json: item.json) }
    } else {
      Console.print(plan.sentence)
      if let sentence = plan.moreTakes.sentence { Console.print(sentence) }
    }
    plan.left.forEach(Console.note)
    guard !plan.due.isEmpty else {
      if plan.done < plan.items.count { throw ExitCode(ExitStatus.incomplete) }
      return
    }
    guard yes || Question.canAsk && Question.ask("Do it?") else {
      Console.note("nothing was done\(Question.canAsk ? "" : ": give --yes to do it")")
      throw ExitCode(ExitStatus.incomplete)
    }
    // Planned again: lines may have changed while the question waited for its answer.
    let report = try workplace.writing { table in
      let due = try DecisionPlan(decisions, table, price: price).due
      return try DecisionRun(table, price: price, now: Workplace.now()).carryOut(due)
    }
    if !json { Console.print(report.sentence) }
    for note in report.refusals + report.notes { Console.note(Printable.line(note)) }
    let isWhole = plan.due.count + plan.done == plan.items.count && report.refusals.isEmpty
    if !isWhole { throw ExitCode(ExitStatus.incomplete) }
  }

  /// Reads the file; one bad line refuses all of it.
  private func read() throws -> [Decision] {
    let name = file == "-" ? "standard input" : file
    let descriptor = file == "-" ? dup(STDIN_FILENO) : open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError("read", name) }
    defer { close(descriptor) }
    let decided: DecisionFile
    do throws(InputError) {
      decided = try DecisionFile(InputLines(descriptor: descriptor))
    } catch {
      switch error {
      case .read(let code): throw FileError("read", name, code: code)
      case .refused(let rejection): throw Failure("\(name): \(rejection.reason)", .badInput)
      }
    }
    guard decided.rejections.isEmpty else { throw refusal(of: decided, name) }
    return decided.decisions
  }

  private static let rejectionsMax = 20

  private func refusal(of decided: DecisionFile, _ name: String) -> ExitCode {
    let all = decided.rejections
    for rejection in all.prefix(Self.rejectionsMax) {
      Console.note(Printable.line("\(name):\(rejection.line): \(rejection.reason)"))
    }
    let more = all.count - Self.rejectionsMax
    if more > 0 { Console.note("and \(Figures.count(more)) more like these") }
    Console.note("nothing was done")
    return ExitCode(ExitStatus.badInput)
  }
}
