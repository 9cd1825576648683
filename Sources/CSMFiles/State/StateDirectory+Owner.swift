import Glibc

// Root works on the folder of another user as that user. What root made in there might be of no use to
// them, and what they, or members of their group, put there must lead root nowhere.

extension StateDirectory {
  /// Runs `body` with the rights of the folder's owner, where root runs it; others keep their own.
  ///
  /// The rights come back afterwards, for files elsewhere that only root may use. The calls, in order:
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

  /// Goes on as the folder's owner for good, where root calls it.
  ///
  /// - Returns: whose rights these are; nil where nothing has changed.
  package func becomeOwner() throws -> String? {
    guard let owner else { return nil }
    guard setgroups(1, [owner.gid]) == 0, setgid(owner.gid) == 0, setuid(owner.uid) == 0 else {
      throw refusal(owner)
    }
    return getpwuid(owner.uid).map { String(cString: $0.pointee.pw_name) } ?? "uid \(owner.uid)"
  }

  /// Whose the folder is, where that is another user and root asks.
  private var owner: (uid: uid_t, gid: gid_t)? {
    var status = stat()
    guard geteuid() == 0, stat(path, &status) == 0, status.st_uid != 0 else { return nil }
    return (status.st_uid, status.st_gid)
  }

  private func refusal(_ owner: (uid: uid_t, gid: gid_t)) -> FileError {
    FileError("work as its owner, uid \(owner.uid), in", path)
  }
}
