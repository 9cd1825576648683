import Testing

@testable import CSMCore

@Suite("The place of a table")
struct TablePlaceTests {
  private static let left = TablePlace(machine: "m", boot: "b", origin: 1, inode: 2)

  @Test(
    "is the same after a boot, whatever number its device has then",
    arguments: [
      left, TablePlace(machine: "m", boot: "c", origin: 9, inode: 2),
      TablePlace(machine: "", boot: "c", origin: 1, inode: 2),
      TablePlace(machine: "m", boot: "", origin: 9, inode: 2),
    ])
  func same(_ place: TablePlace) {
    #expect(place.difference(from: Self.left) == nil)
  }

  @Test(
    "is another one for a copy, on this machine or elsewhere",
    arguments: [
      TablePlace(machine: "m", boot: "b", origin: 1, inode: 3),
      TablePlace(machine: "m", boot: "b", origin: 9, inode: 2),
      TablePlace(machine: "n", boot: "c", origin: 1, inode: 2),
    ])
  func other(_ place: TablePlace) {
    #expect(place.difference(from: Self.left) != nil)
  }
}
