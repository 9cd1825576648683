import CSMCore
import CSMFiles
import CSMSQLite
import CSMWorkplace
import Foundation

/// The restoration of a backup, which replaces the state directory.
///
/// Everything is made beside the state directory first, and takes its place by two renames. The former
/// directory is kept under another name. The restored database is paused, as in every backup.
package struct Restoration {
  private let folder: String
  private let database: String
  private let workplace: Workplace
  private let progress: (Int, Int) -> Void

  /// What was restored.
  package struct Report {
    package let database: String
    package var jobs = 0
    package var audio = StoreCopy()
    /// The path of the former state directory; nil if there was none.
    package var former: String?
  }

  /// - Parameters:
  ///   - folder: the folder that `backup` made.
  ///   - database: the name of one of its databases; nil for the newest.
  /// - Throws: `Failure` if there is no such backup.
  package init(
    from folder: String, database: String?, in workplace: Workplace,
    progress: @escaping (Int, Int) -> Void
  ) throws {
    let names = try BackupFolder.databases(in: folder)
    guard let newest = names.last else {
      throw Failure(
        "there is no backup in \(folder): name a folder that backup --to made", .noInput)
    }
    if let database, !names.contains(database) {
      throw Failure(
        "there is no \(database) in \(folder); the newest is \(newest)", .noInput)
    }
    self.folder = folder
    self.database = database ?? newest
    self.workplace = workplace
    self.progress = progress
  }

  private var target: String { workplace.state.path }
  private var made: String { "\(target).restoring" }

  package func run(at now: Timestamp) throws -> Report {
    guard !workplace.isAttended else {
      throw Failure("csmd is running: stop it first (systemctl stop csmd)", .busy)
    }
    // Left only by a restore that was killed.
    try? FileManager.default.removeItem(atPath: made)
    do {
      var report = Report(database: database)
      try fill(&report)
      try takeOver(&report, at: now)
      return report
    } catch {
      try? FileManager.default.removeItem(atPath: made)
      throw error
    }
  }

  private func fill(_ report: inout Report) throws {
    let store = AudioStore(root: made)
    try store.prepare()
    let file = "\(made)/csm.db"
    try FileManager.default.copyItem(atPath: "\(folder)/\(database)", toPath: file)
    try FileManager.default.setAttributes([.posixPermissions: 0o660], ofItemAtPath: file)
    let table = try JobTable(
      path: file, role: .writer, writeLock: WriteGate(path: "\(made)/csm.gate"))
    if let complaints = try table.integrityComplaints(isQuick: true) {
      throw TableError.damaged(complaints)
    }
    report.jobs = try table.jobCounts().values.reduce(0, +)
    let total = try table.objectCount()
    for shard in UInt8.min...UInt8.max {
      for object in try table.objects(shard: shard) {
        try report.audio.take(object, from: AudioStore(root: folder), to: store)
        progress(report.audio.copied + report.audio.lost.count, total)
      }
    }
    try table.close()
  }

  /// Gives the new directory the owner, group and mode of the former one, and puts it in its place.
  private func takeOver(_ report: inout Report, at now: Timestamp) throws {
    var status = stat()
    if stat(target, &status) == 0 {
      try adopt(status)
      let former = formerName(at: now)
      guard rename(target, former) == 0 else { throw FileError("move away", target) }
      report.former = former
    }
    guard rename(made, target) == 0 else { throw FileError("move into place", made) }
    sync()
  }

  /// A free name for the former directory; it has the time in it if an earlier restore took the plain one.
  private func formerName(at now: Timestamp) -> String {
    func isFree(_ name: String) -> Bool { access(name, F_OK) != 0 }
    let old = "\(target).old"
    guard !isFree(old) else { return old }
    var name = "\(old)-" + now.rfc3339.prefix(19).replacing(":", with: "-")
    while !isFree(name) { name += "-again" }
    return name
  }

  private func adopt(_ status: stat) throws {
    let isShared = status.st_mode & S_IWGRP != 0
    let names = FileManager.default.enumerator(atPath: made)?.compactMap { $0 as? String } ?? []
    for path in [made] + names.map({ "\(made)/\($0)" }) {
      guard lchown(path, status.st_uid, status.st_gid) == 0 else {
        throw FileError("change the owner of", path)
      }
      var entry = stat()
      guard lstat(path, &entry) == 0, entry.st_mode & S_IFMT == S_IFDIR else { continue }
      let mode = path == made ? status.st_mode & 0o7777 : isShared ? 0o2770 : 0o770
      guard chmod(path, mode) == 0 else { throw FileError("change the mode of", path) }
    }
  }
}
