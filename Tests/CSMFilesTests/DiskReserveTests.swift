import Foundation
import Glibc
import Testing

@testable import CSMFiles

@Suite("The disk reserve")
struct DiskReserveTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var size: Int? {
    var status = stat()
    return stat("\(folder.path)/csm.reserve", &status) == 0 ? Int(status.st_size) : nil
  }

  @Test("is taken once, and released")
  func takenAndReleased() {
    let reserve = DiskReserve(in: folder.path)
    reserve.take(leaving: 0)
    #expect(size == 4 << 20)
    reserve.take(leaving: 0)
    #expect(size == 4 << 20)
    reserve.release()
    #expect(size == nil)
  }

  @Test("is not taken where too little would be left")
  func tooLittle() {
    DiskReserve(in: folder.path).take(leaving: .max / 2)
    #expect(size == nil)
  }

  @Test("a reserve of which a crash has left a part is taken anew", arguments: [0, 4096])
  func part(bytes: Int) throws {
    try Data(count: bytes).write(to: URL(fileURLWithPath: "\(folder.path)/csm.reserve"))
    DiskReserve(in: folder.path).take(leaving: 0)
    #expect(size == 4 << 20)
  }
}
