/// A file of ours in fal's storage, where fal's models can read it.
package struct Upload: Sendable, Equatable {
  /// The file.
  package let digest: Digest
  /// Where it can be read, by everybody who knows the URL.
  package let url: String
  package let uploadedAt: Timestamp
  /// Until when fal was asked to keep it.
  package let expiresAt: Timestamp

  package init(digest: Digest, url: String, uploadedAt: Timestamp, expiresAt: Timestamp) {
    self.digest = digest
    self.url = url
    self.uploadedAt = uploadedAt
    self.expiresAt = expiresAt
  }

  /// How long fal is asked to keep a file, in seconds: much longer than a night.
  package static let lifetime: Duration = .seconds(30 * 86_400)
  /// A file is uploaded anew when this much of its time is left: requests may wait at fal for long.
  package static let renewal: Duration = .seconds(3 * 86_400)
  /// Larger files are not uploaded: a minute of speech has 3 MB, and beyond 90 MB fal wants parts.
  package static let bytesMax = 20 << 20
}

/// What uploading a file came to.
package enum UploadOutcome: Sendable, Equatable {
  case uploaded(url: String)
  /// A passing fault; nothing is known of what fal has now, and nothing hangs on it.
  case later(Problem)
  /// fal refuses everything until the gate's cause is gone.
  case shut(Gate.Name, Problem)
  /// fal does not want this file.
  case refused(Problem)
}
