import Glibc

/// What a name in a folder of ours must stand for.
enum EntryKind: String {
  case folder
  case file = "plain file"

  /// What is wrong with something of another kind, and what to do about it.
  func fault(in status: stat) -> String? {
    let kind = status.st_mode & S_IFMT
    if kind == S_IFLNK { return "it is a symbolic link: put the \(rawValue) itself there" }
    return kind == (self == .folder ? S_IFDIR : S_IFREG)
      ? nil : "it is no \(rawValue): move it away"
  }
}

extension Directory {
  /// Sees that what has a name in here, if anything has, is of a kind, and of those who share the folder.
  ///
  /// Who may write here may put anything under our names, for a program with other rights to stumble on.
  func demand(_ kind: EntryKind, _ name: String) throws(FileError) {
    guard let status = try status(of: name) else { return }
    var fault = kind.fault(in: status)
    if fault == nil { fault = try strangeness(of: status) }
    guard let fault else { return }
    throw FileError("use", path(of: name), code: EPERM, because: fault)
  }

  /// Why something in here is none of those who share the folder; nil where it is.
  private func strangeness(of status: stat) throws(FileError) -> String? {
    let folder = try ownStatus()
    let isShared = folder.st_mode & S_IWGRP != 0 && folder.st_gid == status.st_gid
    guard !isShared, ![folder.st_uid, geteuid()].contains(status.st_uid) else { return nil }
    return "it belongs to uid \(status.st_uid), and the folder to uid \(folder.st_uid): chown it"
  }
}
