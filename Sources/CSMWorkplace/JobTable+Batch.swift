import CSMCore
import CSMSQLite

extension JobTable {
  /// Throws unless there is a batch of this name.
  ///
  /// - Throws: `Failure`, which suggests the name most like it.
  package func demandBatch(_ name: String) throws {
    guard try !hasBatch(name) else { return }
    let names = try batchNames()
    let nearest = Spelling.nearest(to: name, among: names).map { ": did you mean \($0)?" }
    let some = names.prefix(5).joined(separator: ", ")
    let all = names.isEmpty ? ": there are none yet" : "; known batches: \(some)"
    let more = names.count > 5 ? " and \(Figures.count(names.count - 5)) more" : ""
    throw Failure("there is no batch \(name)\(nearest ?? all + more)", .incomplete)
  }
}
