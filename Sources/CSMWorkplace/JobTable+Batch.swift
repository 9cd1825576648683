import CSMCore
import CSMSQLite

extension JobTable {
  /// Sees that a batch that a person named exists.
  ///
  /// - Throws: `Failure`, with the nearest name that does.
  package func demandBatch(_ name: String) throws {
    guard try !hasBatch(name) else { return }
    let names = try batchNames()
    let nearest = Spelling.nearest(to: name, among: names).map { ": did you mean \($0)?" }
    let some = names.prefix(5).joined(separator: ", ")
    let all = names.isEmpty ? ": there are none yet" : "; there are \(some)"
    let more = names.count > 5 ? " and \(Figures.count(names.count - 5)) more" : ""
    throw Failure("there is no batch \(name)\(nearest ?? all + more)", .incomplete)
  }
}
