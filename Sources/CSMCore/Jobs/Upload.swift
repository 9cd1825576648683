/// A stored file's copy in fal's storage, where fal's models can read it.
package struct Upload: Sendable, Equatable {
  package let digest: Digest
  /// The URL, which anyone who knows it can read.
  package let url: String
  package let uploadedAt: Timestamp
  /// How long fal was asked to keep it.
  package let expiresAt: Timestamp

  package init(digest: Digest, url: String, uploadedAt: Timestamp, expiresAt: Timestamp) {
    self.digest = digest
    self.url = url
    self.uploadedAt = uploadedAt
    self.expiresAt = expiresAt
  }

  /// How long fal is asked to keep a file: much longer than a night.
  package static let lifetime: Duration = .seconds(30 * 86_400)
  /// A file is uploaded again once less than this remains, since requests may wait at fal for a
  /// long time.
  package static let renewal: Duration = .seconds(3 * 86_400)
  /// The largest file to upload: a minute of speech has 3 MB, and beyond 90 MB fal requires multipart
  /// uploads.
  package static let bytesMax = 20 << 20
}

package enum UploadOutcome: Sendable, Equatable {
  case uploaded(url: String)
  /// A temporary fault; whether fal has the file is unknown and does not matter.
  case later(Problem)
  /// fal refuses everything until the cause of the gate is gone.
  case gated(Gate.Name, Problem)
  /// fal refuses this file; unless `isSure`, only believed when another try with a new upload URL ends the
  /// same way.
  case refused(Problem, isSure: Bool = true)
}
