import ArgumentParser
import CSMCore
import CSMReports
import CSMSQLite
import CSMWorkplace

/// `csm-enqueue budget`: what a batch may cost.
struct Budget: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what a batch may cost, all in all, or show what it may and does.",
    discussion: """
      Before each submit its price is set aside; what does not fit waits, and the other batches go on. \
      A submit of which nobody knows what became counts as spent. The cap of a day for all batches is \
      CSM_BUDGET_USD.
      """)

  @Argument(help: "The batch; without it, all batches that have a budget.")
  var batch: String?

  @Argument(help: ArgumentHelp("Dollars, such as 25 or 2.50; or none.", valueName: "usd"))
  var limit: Limit?

  @Flag(help: "As JSON, an object a budget.")
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
