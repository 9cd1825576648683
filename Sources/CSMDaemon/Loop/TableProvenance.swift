import CSMCore
import CSMFiles
import CSMSQLite

/// Whether the table is what the last life of csmd left, or a copy, or an older one that was put back.
///
/// Either would have lines sent that were sent already. Three witnesses outside the table speak: which file
/// it is, the record of the last step beside it, and the marks of what has left.
struct TableProvenance {
  let place: TablePlace
  /// The submits of the last life that had begun to leave; nil where that is not known.
  let marks: Set<SentMarks.Mark>?
  /// Why the table is not what the last life left; nil where it may be.
  let doubt: String?

  /// - Parameters:
  ///   - last: the last life that the table knows.
  ///   - folder: the state directory.
  init(
    of table: JobTable, _ last: JobTable.Life?, in folder: String,
    marksIn marksPlace: SentMarksPlace
  ) throws {
    let place = try TablePlace(of: "\(folder)/csm.db")
    self.place = place
    let marks = last.flatMap { marksPlace.marks(of: $0.token) }
    self.marks = marks
    doubt = try last.flatMap { last in
      if let difference = last.place.flatMap({ place.difference(from: $0) }) {
        return difference
      }
      let record = LifeRecord.read(in: folder)
      let isOlder =
        try record.map { record in
          try record.step > table.lastStep().number || !record.lives.contains(last.token)
        } ?? false
        || marksPlace.isOutlived(last.token)
        || table.isOlder(than: marks?.map { ($0.job, Int($0.generation)) } ?? [])
      return isOlder ? "it is older than what csmd last wrote: somebody put it back" : nil
    }
  }

  /// The doubt as the reason of the gate `paused`.
  static func reason(_ doubt: String, since: Timestamp) -> String {
    "csm.db is not the file that csmd left (\(doubt)): what was sent after \(since.rfc3339) is not in it. "
      + "csmd takes over what fal's listing shows of it; cancel other lines that fal's dashboard shows as "
      + "done, then csm-enqueue resume"
  }
}
