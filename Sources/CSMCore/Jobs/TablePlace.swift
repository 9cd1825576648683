/// Identifies the database file, machine and boot, in order to detect a copied database.
package struct TablePlace: Sendable, Equatable {
  /// The machine's id (machine-id(5)); empty if it has none.
  package let machine: String
  /// The id of the boot; empty if the kernel does not provide one.
  package let boot: String
  /// When the file was created, in nanoseconds, or else the number of its device.
  package let origin: Int64
  package let inode: Int64

  package init(machine: String, boot: String, origin: Int64, inode: Int64) {
    self.machine = machine
    self.boot = boot
    self.origin = origin
    self.inode = inode
  }

  /// Why this is not the same place as `earlier`; nil if it may be the same.
  ///
  /// `origin` is compared only within a boot, since device numbers change with the next.
  package func difference(from earlier: Self) -> String? {
    if !machine.isEmpty, !earlier.machine.isEmpty, machine != earlier.machine {
      return "it comes from another machine"
    }
    let isSameBoot = !boot.isEmpty && boot == earlier.boot
    guard inode == earlier.inode, !isSameBoot || origin == earlier.origin else {
      return "it is a copy of the one that csmd worked with"
    }
    return nil
  }
}
