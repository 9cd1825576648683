import Glibc

/// A folder that the caller may not use: whose it is, and what lets the caller in.
package struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
  /// Whose a folder is.
  enum Holder: Hashable, Sendable {
    /// The members of a group; the caller may have joined after the login that this process belongs to.
    case group(String, hasJoined: Bool)
    /// One user, alone.
    case user(String)
  }

  /// The folder.
  let path: String
  let holder: Holder
  /// The caller's name.
  let user: String

  /// One sentence without a full stop.
  package var description: String {
    switch holder {
    case .group(let group, hasJoined: true):
      "\(path) is for members of the group \(group), which \(user) is not; "
        + "\(user) has joined it since this login: log in again, or run this inside 'newgrp \(group)'"
    case .group(let group, hasJoined: false):
      "\(path) is for members of the group \(group), which \(user) is not; "
        + "'sudo usermod -aG \(group) \(user)' lets \(user) in from the next login on"
    case .user(let owner):
      "\(path) is for \(owner) alone, and this runs as \(user): run it as \(owner), or name another "
        + "folder by CSM_STATE_DIR"
    }
  }

  /// Looks at a folder that the caller may not use.
  ///
  /// - Returns: nil where nobody else's rights are the reason, or the folder cannot be looked at.
  init?(of path: String) {
    var status = stat()
    guard stat(path, &status) == 0, let account = getpwuid(geteuid()) else { return nil }
    self.path = path
    user = String(cString: account.pointee.pw_name)
    if status.st_mode & S_IWGRP != 0, status.st_gid != 0, let entry = getgrgid(status.st_gid) {
      holder = .group(
        String(cString: entry.pointee.gr_name),
        hasJoined: Self.groups(of: account.pointee).contains(status.st_gid))
    } else if status.st_uid != geteuid() {
      let owner = getpwuid(status.st_uid).map { String(cString: $0.pointee.pw_name) }
      holder = .user(owner ?? "uid \(status.st_uid)")
    } else {
      return nil
    }
  }

  /// The groups that somebody who logs in now would be in.
  private static func groups(of account: passwd) -> [gid_t] {
    var count: Int32 = 1024
    let groups = [gid_t](unsafeUninitializedCapacity: Int(count)) { buffer, filled in
      let base = buffer.baseAddress
      filled = getgrouplist(account.pw_name, account.pw_gid, base, &count) >= 0 ? Int(count) : 0
    }
    return groups
  }
}
