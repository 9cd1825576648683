/// The version of the programs and of the package that is made of them.
package enum Version {
  package static let current = "0.1.0"
}
