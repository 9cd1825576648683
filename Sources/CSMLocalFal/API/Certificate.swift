import Crypto
import Foundation
import NIOSSL
import SwiftASN1
import X509

/// A self-signed certificate for loopback, created anew at every start.
struct Certificate: Sendable {
  private let pem: String
  private let keyPem: String

  /// Creates one for `localhost`, `127.0.0.1` and `::1`, valid for a day.
  init() throws {
    let key = P256.Signing.PrivateKey()
    let signer = X509.Certificate.PrivateKey(key)
    let name = try DistinguishedName {
      CommonName("csm-localfal")
    }
    let identifier = SubjectKeyIdentifier(hash: signer.publicKey)
    let now = Date()
    let certificate = try X509.Certificate(
      version: .v3, serialNumber: .init(), publicKey: signer.publicKey,
      notValidBefore: now.addingTimeInterval(-3600),
      notValidAfter: now.addingTimeInterval(86_400),
      issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
      extensions: try X509.Certificate.Extensions {
        Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
        Critical(KeyUsage(digitalSignature: true, keyCertSign: true))
        try ExtendedKeyUsage([.serverAuth])
        identifier
        SubjectAlternativeNames([
          .dnsName("localhost"),
          .ipAddress(.init(contentBytes: [127, 0, 0, 1])),
          .ipAddress(.init(contentBytes: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])),
        ])
      }, issuerPrivateKey: signer)
    pem = try certificate.serializeAsPEM().pemString
    keyPem = key.pemRepresentation
  }

  /// The configuration of a server that presents it.
  var serverConfiguration: TLSConfiguration {
    get throws {
      .makeServerConfiguration(
        certificateChain: [
          .certificate(try NIOSSLCertificate(bytes: Array(pem.utf8), format: .pem))
        ],
        privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(keyPem.utf8), format: .pem)))
    }
  }

  /// Writes it without its key, for clients to trust.
  func write(to path: String) throws {
    try Data((pem + "\n").utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
  }
}
