import Glibc

// Root accesses another user's folder as that user. Otherwise that user could not use files created by root,
// and links placed there by that user or their group could mislead root.

extension StateDirectory {
  /// Runs `body` as the folder's owner if the caller is root; for other callers, nothing changes.
  ///
  /// Root's rights are restored afterwards, for files elsewhere that only root may use. The calls, in order:
  /// setgroups, setegid, seteuid; and back: seteuid, setegid, setgroups.
  package func asOwner<Value>(_ body: () throws -> Value) throws -> Value {
    guard let owner else { return try body() }
    let group = getegid()
    var groups = [gid_t](repeating: 0, count: Int(max(0, getgroups(0, nil))))
    guard getgroups(Int32(groups.count), &groups) >= 0 else { throw refusal(owner) }
    defer {
      _ = seteuid(0)
      _ = setegid(group)
      _ = setgroups(groups.count, groups)
    }
    guard setgroups(1, [owner.gid]) == 0, setegid(owner.gid) == 0, seteuid(owner.uid) == 0 else {
      throw refusal(owner)
    }
    return try body()
  }

  /// Becomes the folder's owner permanently if the caller is root.
  ///
  /// - Returns: the owner's name; nil if nothing changed.
  package func becomeOwner() throws -> String? {
    guard let owner else { return nil }
    guard setgroups(1, [owner.gid]) == 0, setgid(owner.gid) == 0, setuid(owner.uid) == 0 else {
      throw refusal(owner)
    }
    return getpwuid(owner.uid).map { String(cString: $0.pointee.pw_name) } ?? "uid \(owner.uid)"
  }

  /// The folder's owner; nil unless the caller is root and the owner is not.
  private var owner: (uid: uid_t, gid: gid_t)? {
    var status = stat()
    guard geteuid() == 0, stat(path, &status) == 0, status.st_uid != 0 else { return nil }
    return (status.st_uid, status.st_gid)
  }

  private func refusal(_ owner: (uid: uid_t, gid: gid_t)) -> FileError {
    FileError("work as its owner, uid \(owner.uid), in", path)
  }
}
