/// Which file the table is, in which boot of which machine: what a copy of it does not share.
package struct TablePlace: Sendable, Equatable {
  /// The machine's id (machine-id(5)), empty where it has none.
  package let machine: String
  /// The id of the boot, empty where the kernel does not tell.
  package let boot: String
  /// The id of its file system, or the number of the device.
  package let device: Int64
  package let inode: Int64

  package init(machine: String, boot: String, device: Int64, inode: Int64) {
    self.machine = machine
    self.boot = boot
    self.device = device
    self.inode = inode
  }

  /// Why this is not the place that `earlier` was; nil where it may be the same.
  ///
  /// The id of a file system may be made of its device's number, which lasts as long as the boot.
  package func difference(from earlier: Self) -> String? {
    if !machine.isEmpty, !earlier.machine.isEmpty, machine != earlier.machine {
      return "it comes from another machine"
    }
    let isSameBoot = !boot.isEmpty && boot == earlier.boot
    guard inode == earlier.inode, !isSameBoot || device == earlier.device else {
      return "it is a copy of the one that csmd worked with"
    }
    return nil
  }
}
