import Foundation
import HTTPTypes
import Synchronization

extension LocalFal {
  /// Answers with the model's status code, headers and body.
  func result(_ incoming: IncomingCall, app: String, id: UUID) async throws -> Reply {
    let job = queue.withLock { queue in
      queue.advance(to: incoming.now)
      return queue[id, app]
    }
    guard let job else { return .notFound }
    guard job.ending != nil else { return .detail(400, "Request is still in progress") }
    return try await resultReply(of: job, incoming.base)
  }

  /// The result of a request that has ended.
  func resultReply(of job: Job, _ base: String) async throws -> Reply {
    var reply = try await modelReply(of: job, base)
    reply.headers[.falRequestId] = job.id.lowercased
    reply.headers[.falServedFrom] = "localfal-\(job.ticket % max(1, options.runners))"
    let units = Double(job.characters ?? 0) / 1000
    reply.headers[.falBillableUnits] = reply.status == 200 ? "\(units)" : "0"
    return reply
  }

  private func modelReply(of job: Job, _ base: String) async throws -> Reply {
    if let failure = job.failure { return failureReply(failure) }
    guard let model = job.model else { return .detail(404, "Path /\(job.subpath) not found") }
    let body = try ledger.entry(at: job.place).body
    do {
      let input = try SpeechInput(checking: body, for: model)
      return try await audioReply(to: input, body, job, base)
    } catch let error as SpeechInput.InvalidInput {
      return Reply(422, ["detail": .array(error.detail)])
    }
  }

  private func failureReply(_ failure: RunFailure) -> Reply {
    var reply = Reply(failure.status, failure.body)
    switch failure.level {
    case .request: reply.headers[.falErrorType] = failure.type
    case .model: reply.headers[.falRetryable] = failure.status >= 500 ? "true" : "false"
    case .unhandled: break
    }
    if failure == .startTimeout { reply.headers[.falTimeoutType] = "user" }
    return reply
  }

  private func audioReply(
    to input: SpeechInput, _ body: [UInt8], _ job: Job, _ base: String
  ) async throws -> Reply {
    let address = "\(base)/files/audio/\(job.id.lowercased).wav"
    var size = await audio.size(of: job.id, saying: input, body: body)
    switch job.fault {
    case .noAudio: return Reply(200, [:])
    case .audioString: return Reply(200, ["audio": .string(address)])
    case .audioData:
      let file = await audio.file(of: job.id, saying: input, body: body)
      let text = "data:audio/wav;base64," + Data(file).base64EncodedString()
      return Reply(200, ["audio": ["url": .string(text), "content_type": "audio/wav"]])
    case .audioAt(let other): return Reply(200, ["audio": ["url": .string(other)]])
    case .wrongSize: size += 2
    default: break
    }
    return Reply(
      200,
      [
        "audio": [
          "url": .string(address), "content_type": "audio/wav",
          "file_name": .string(job.id.lowercased + ".wav"), "file_size": .integer(size),
        ]
      ])
  }
}
