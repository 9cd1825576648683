/// Which file the table is, in which boot of which machine: what a copy of it does not share.
package struct TablePlace: Sendable, Equatable {
  /// The machine's id (machine-id(5)), empty where it has none.
  package let machine: String
  /// The id of the boot, empty where the kernel does not tell.
  package let boot: String
  /// When the file was made, in nanoseconds, or where that is not known the number of its device.
  package let origin: Int64
  package let inode: Int64

  package init(machine: String, boot: String, origin: Int64, inode: Int64) {
    self.machine = machine
    self.boot = boot
    self.origin = origin
    self.inode = inode
  }

  /// Why this is not the place that `earlier` was; nil where it may be the same.
  ///
  /// The number of a device lasts as long as the boot.
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
