import ArgumentParser
import CSMCore
import CSMReports
import CSMSQLite
import CSMWorkplace

/// `csm-enqueue budget`: what a batch may cost.
struct Budget: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Limit what a batch may cost in total, or show the limits.",
    discussion: """
      csmd reserves the price of each submit before it sends it. Lines beyond the limit wait; other batches \
      go on. A submit whose outcome is unknown counts as spent. CSM_BUDGET_USD limits what a day may cost.

      Examples:
        csm-enqueue budget night1 25
        csm-enqueue budget night1 none
      """)

  @Argument(
    help: "The batch; by default, all batches with a budget.",
    completion: .custom(Completions.batches))
  var batch: String?

  @Argument(help: ArgumentHelp("US dollars, such as 25 or 2.50, or none.", valueName: "usd"))
  var limit: Limit?

  @Flag(help: "Print JSON, one object per budget.")
  var json = false

  func run() throws {
    let workplace = try Workplace(note: Console.note)
    if let batch, let limit {
      let isThere = try workplace.writing { try $0.setBudget(of: batch, to: limit.money) }
      if !isThere { try workplace.reading { try $0.demandBatch(batch) } }
    }
    let budgets = try workplace.reading { table in
      if let batch { try table.demandBatch(batch) }
      return try table.budgets(batch: batch)
    }
    if json {
      for budget in budgets { try Console.print(json: budget.json) }
    } else if budgets.isEmpty {
      Console.print(batch.map { "\(Printable.line($0)) has no budget" } ?? "no batch has a budget")
    } else {
      for budget in budgets { Console.print(Printable.line(budget.sentence)) }
    }
  }

  /// A budget as people write it.
  struct Limit: ExpressibleByArgument {
    /// Nil for none.
    let money: Money?

    init?(argument: String) {
      if argument == "none" {
        money = nil
      } else {
        guard let dollars = Dollars(argument: argument) else { return nil }
        money = dollars.money
      }
    }
  }
}

/// An amount of dollars on the command line: `25`, `2.50`, `$2.50`.
struct Dollars: ExpressibleByArgument {
  let money: Money

  init?(argument: String) {
    let digits = argument.hasPrefix("$") ? argument.dropFirst() : argument[...]
    guard let money = Money(dollars: String(digits)) else { return nil }
    self.money = money
  }
}
