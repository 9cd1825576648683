import CSMCore
import CSMReports
import CSMSQLite
import CSMWorkplace

/// Whether newly added lines will be sent, or why they wait.
struct SendingOutlook {
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
        "csmd is running, but sends nothing until then"
      } else {
        "csmd is running, so you can log out; csm-enqueue status \(ShellWord.quoted(batch)) shows "
          + "progress"
      }
    sentences = closed + [last]
  }
}
