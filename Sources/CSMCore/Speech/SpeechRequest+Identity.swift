extension SpeechRequest {
  /// The bytes whose SHA-256 is a job's key: endpoint, request and take.
  ///
  /// Every field is preceded by its length, so different requests have different bytes,
  /// independently of any JSON encoder. Ids, batches and file names are left out, so that the same
  /// words are one job.
  package func identity(endpoint: String, take: Int) -> [UInt8] {
    var bytes: [UInt8] = Array("csm 1".utf8)
    append(endpoint, to: &bytes)
    append(take, to: &bytes)
    append(scene.count, to: &bytes)
    for turn in scene {
      append(turn.speakerID, to: &bytes)
      append(turn.text, to: &bytes)
    }
    append(context.count, to: &bytes)
    for clip in context {
      append(clip.speakerID, to: &bytes)
      append(clip.prompt, to: &bytes)
      append(clip.audioURL, to: &bytes)
    }
    return bytes
  }
}

private func append(_ text: String, to bytes: inout [UInt8]) {
  append(text.utf8.count, to: &bytes)
  bytes.append(contentsOf: text.utf8)
}

private func append(_ number: Int, to bytes: inout [UInt8]) {
  withUnsafeBytes(of: Int64(number).bigEndian) { bytes.append(contentsOf: $0) }
}
