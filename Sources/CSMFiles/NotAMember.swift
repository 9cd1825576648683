import Glibc

/// A folder is for the members of a group, and the caller is none: what the group is, and how to join.
package struct NotAMember: Error, Hashable, Sendable, CustomStringConvertible {
  /// The folder.
  package let path: String
  /// The group that it belongs to.
  package let group: String
  /// The caller's name.
  package let user: String
  /// The caller has joined, but after the login that this process belongs to.
  package let hasJoined: Bool

  /// One sentence without a full stop.
  package var description: String {
    let next =
      hasJoined
      ? "\(user) has joined it since this login: log in again, or run this inside 'newgrp \(group)'"
      : "'sudo usermod -aG \(group) \(user)' lets \(user) in from the next login on"
    return "\(path) is for members of the group \(group), which \(user) is not; \(next)"
  }

  /// Looks at a folder that the caller may not use.
  ///
  /// - Returns: nil where no group would help: the folder is somebody's own, or cannot be looked at.
  init?(refused path: String) {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IWGRP != 0, status.st_gid != 0,
      let entry = getgrgid(status.st_gid), let account = getpwuid(geteuid())
    else { return nil }
    self.path = path
    group = String(cString: entry.pointee.gr_name)
    user = String(cString: account.pointee.pw_name)
    hasJoined = Self.groups(of: account.pointee).contains(status.st_gid)
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
