import CSMCore
import CSMFiles
import CSMSQLite

/// Checks whether the table is the one that csmd last used, and not a copy or a restored older
/// version.
///
/// With either of these, csmd would send lines again. Three things outside the table reveal them:
/// the identity of the file, the record of the last step beside it, and the sent marks.
struct TableProvenance {
  let place: TablePlace
  /// The submits that the last process had started to send; nil if that is unknown.
  let marks: Set<SentMarks.Mark>?
  /// Why the table is not the one csmd last used; nil if it may be.
  let doubt: String?

  /// - Parameters:
  ///   - last: the last run of csmd that the table knows of; nil if none.
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
      return isOlder ? "it is older than what csmd last wrote, so it was restored" : nil
    }
  }

  /// The reason for the gate `paused`.
  static func reason(_ doubt: String, since: Timestamp) -> String {
    "csm.db is not the file that csmd last used (\(doubt)): requests sent after \(since.rfc3339) are not in "
      + "it. csmd adopts those in fal's list; cancel other lines that fal's dashboard shows as done, "
      + "then csm-enqueue resume"
  }
}
