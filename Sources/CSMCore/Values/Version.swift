/// The version of the programs and of the Debian package.
package enum Version {
  package static let current = "0.1.0"
}
