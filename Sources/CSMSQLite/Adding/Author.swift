/// A system user who adds lines.
package struct Author: Sendable {
  package let name: String
  package let uid: Int

  package init(name: String, uid: Int) {
    self.name = name
    self.uid = uid
  }
}
