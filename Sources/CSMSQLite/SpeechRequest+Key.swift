import CSMCore
import Crypto

extension SpeechRequest {
  /// Identifies a job: the SHA-256 of the endpoint, the input and the take.
  ///
  /// Requests with the same key share a job and are paid for once.
  package func key(endpoint: String, take: Int) -> CSMCore.Digest {
    CSMCore.Digest(SIMD32(SHA256.hash(data: identity(endpoint: endpoint, take: take))))
  }
}
