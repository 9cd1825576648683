import Glibc

/// The caller may not use a folder; says who may, and how to get access.
package struct AccessDenied: Error, Hashable, Sendable, CustomStringConvertible {
  /// Who may use a folder.
  enum Holder: Hashable, Sendable {
    /// The members of a group. If `hasJoined`, the caller joined it after logging in.
    case group(String, hasJoined: Bool)
    /// Only one user.
    case user(String)
  }

  /// The path of the folder.
  let path: String
  let holder: Holder
  /// The caller's name.
  let user: String

  /// One sentence without a full stop.
  package var description: String {
    switch holder {
    case .group(let group, hasJoined: true):
      "\(path) is for members of the group \(group), which \(user) is not; "
        + "\(user) joined it after logging in: log in again, or run this inside 'newgrp \(group)'"
    case .group(let group, hasJoined: false):
      "\(path) is for members of the group \(group), which \(user) is not: "
        + "run 'sudo usermod -aG \(group) \(user)' and log in again"
    case .user(let owner):
      "\(path) is for \(owner) only, but this runs as \(user): run it as \(owner), or set CSM_STATE_DIR to "
        + "another folder"
    }
  }

  /// Finds out why the caller may not use a folder.
  ///
  /// - Returns: nil if its ownership is not the reason, or cannot be determined.
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

  /// The groups that the account would have after logging in now.
  private static func groups(of account: passwd) -> [gid_t] {
    var count: Int32 = 1024
    let groups = [gid_t](unsafeUninitializedCapacity: Int(count)) { buffer, filled in
      let base = buffer.baseAddress
      filled = getgrouplist(account.pw_name, account.pw_gid, base, &count) >= 0 ? Int(count) : 0
    }
    return groups
  }
}
