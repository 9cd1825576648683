import Glibc

/// What a name in one of our folders must refer to.
enum EntryKind: String {
  case folder
  case file = "plain file"

  /// What is wrong with an entry of another kind, and what to do; nil if it is of this kind.
  func fault(in status: stat) -> String? {
    let kind = status.st_mode & S_IFMT
    if kind == S_IFLNK { return "it is a symbolic link: replace it with the \(rawValue) itself" }
    return kind == (self == .folder ? S_IFDIR : S_IFREG)
      ? nil : "it is not a \(rawValue): move it away"
  }
}

extension Directory {
  /// Throws unless the entry is of the given kind and belongs to somebody who shares the folder; a missing
  /// entry is fine.
  ///
  /// Anybody who can write to the folder could otherwise make a program with more rights use their file.
  func require(_ kind: EntryKind, _ name: String) throws(FileError) {
    guard let status = try status(of: name) else { return }
    var fault = kind.fault(in: status)
    if fault == nil { fault = try ownerFault(of: status) }
    guard let fault else { return }
    throw FileError("use", path(of: name), code: EPERM, because: fault)
  }

  /// The message for an entry of somebody who does not share the folder; nil for others.
  private func ownerFault(of status: stat) throws(FileError) -> String? {
    let folder = try ownStatus()
    let isShared = folder.st_mode & S_IWGRP != 0 && folder.st_gid == status.st_gid
    guard !isShared, ![folder.st_uid, geteuid()].contains(status.st_uid) else { return nil }
    return "it belongs to uid \(status.st_uid), but the folder to uid \(folder.st_uid): chown it"
  }
}
