import CSMCore
import CSMReports
import CSMSQLite
import CSMWorkplace

/// Whether lines that were just added will be sent, or what keeps them waiting.
struct Prospect {
  let sentences: [String]

  init(of batch: String, in workplace: Workplace) throws {
    let now = Workplace.now()
    let (gates, reach) = try workplace.reading { table in
      (try table.gates(), try table.reach(price: workplace.settings.rules.price))
    }
    let closed =
      [reach.map { $0.sentence(at: now) }].compactMap(\.self)
      + gates.map { $0.sentence(at: now) }
    let last =
      if !workplace.isAttended {
        StatusReport.unattended
      } else if !gates.isEmpty {
        "csmd is running, and sends nothing before that"
      } else {
        "csmd is running, so you can log out; csm-enqueue status \(ShellWord.quoted(batch)) shows the "
          + "progress"
      }
    sentences = closed + [last]
  }
}
