import Crypto
import Foundation
import HTTPTypes
import HummingbirdCore
import NIOCore
import Synchronization

extension LocalFal {
  /// Accepts a request into the queue, once its line in the ledger is on disk.
  func submit(_ incoming: IncomingCall, app: String, subpath: String) async throws -> Reply {
    guard options.privateApps.contains(app) || Model.allCases.contains(where: { $0.app == app })
    else {
      return .detail(404, "Application \"\(app.split(separator: "/")[1])\" not found")
    }
    let deadline: Date?
    switch startDeadline(of: incoming) {
    case .success(let date): deadline = date
    case .failure(let problem):
      return .detail(400, problem.message, type: "bad_request")
    }
    let waiting = queue.withLock { queue in
      queue.advance(to: incoming.now)
      return queue.waitingCount
    }
    if let limit = incoming.parameter("fal_max_queue_length").flatMap({ Int($0) }), waiting > limit
    {
      return .detail(429, "The queue holds \(waiting) requests", type: "queue_too_long")
    }
    var rule = faultControl.withLock { $0.countRun() }
    let endpoint = subpath.isEmpty ? app : app + "/" + subpath
    let model = model(at: endpoint)
    let input = try? model.map { try SpeechInput(checking: incoming.body, for: $0) }
    if rule == nil, !canRead(input?.clips ?? [], at: incoming.now) {
      rule = try FaultPlan("run:file_download_error").runs.first
    }
    let entry = Ledger.Entry(
      id: makeRequestId(number: queue.withLock { $0.takeNumber() }), time: incoming.now,
      endpoint: endpoint,
      keyHash: SHA256.hash(data: Array((incoming.key ?? "").utf8)).hexadecimal,
      fault: rule?.text, body: incoming.body)
    let place = try await ledger.append(entry)
    let job = makeJob(entry, fault: rule?.fault, startDeadline: deadline, place: place)
    let position = queue.withLock { queue in
      queue.accept(job, now: incoming.now)
      return queue[job.id].map { queue.position(of: $0) } ?? 0
    }
    var members = addresses(of: job, incoming.base)
    members["status"] = "IN_QUEUE"
    members["queue_position"] = .integer(position)
    members["gateway_request_id"] = members["request_id"]
    return Reply(200, .object(members), headers: [.falRequestId: job.id.lowercased])
  }

  private struct BadTimeout: Error {
    let message: String
  }

  /// Parses the header under its newer name or else its older one.
  private func startDeadline(of incoming: IncomingCall) -> Result<Date?, BadTimeout> {
    let value = incoming.headers[.falStartTimeout] ?? incoming.headers[.falTimeout]
    guard let value else { return .success(nil) }
    guard let seconds = Double(value), seconds > 0.1, seconds.isFinite else {
      return .failure(BadTimeout(message: "A start timeout must be more than 0.1 s, not \(value)"))
    }
    return .success(incoming.now.addingTimeInterval(seconds))
  }

  /// Answers with the status of a request: 202 until it has ended, then 200.
  func status(_ incoming: IncomingCall, app: String, id: UUID) -> Reply {
    let job = queue.withLock { queue in
      queue.advance(to: incoming.now)
      queue.countPoll(of: id)
      return queue[id, app]
    }
    guard let job else { return .notFound }
    return Reply(
      job.ending == nil ? 202 : 200, statusBody(of: job, incoming),
      headers: [.falRequestId: id.lowercased])
  }

  /// Streams the status as events, one for each change, until the request has ended.
  func stream(_ incoming: IncomingCall, app: String, id: UUID) -> Reply {
    guard queue.withLock({ $0[id, app] }) != nil else { return .notFound }
    return Reply(streaming: "text/event-stream") { [self] writer in
      var last = JSON.null
      var quietSince = now
      while true {
        let job = queue.withLock { queue in
          queue.advance(to: now)
          return queue[id, app]
        }
        guard let job else { break }
        let body = statusBody(of: job, incoming)
        if body != last {
          try await writer.write(ByteBuffer(bytes: Array("data: ".utf8) + body.bytes + [10, 10]))
          (last, quietSince) = (body, now)
        } else if now.timeIntervalSince(quietSince) > 15 {
          try await writer.write(ByteBuffer(string: ": ping\n\n"))
          quietSince = now
        }
        if job.ending != nil { break }
        try await Task.sleep(for: .milliseconds(50))
      }
      try await writer.finish(nil)
    }
  }

  func cancel(_ incoming: IncomingCall, app: String, id: UUID) -> Reply {
    let signature: HTTPFields = [.falRequestId: id.lowercased]
    return switch queue.withLock({ $0.cancel(id, app: app, now: incoming.now) }) {
    case .removed: Reply(200, ["status": "OK"], headers: signature)
    case .requested: Reply(202, ["status": "CANCELLATION_REQUESTED"], headers: signature)
    case .alreadyCompleted: Reply(400, ["status": "ALREADY_COMPLETED"], headers: signature)
    case .notFound: .notFound
    }
  }

  private func addresses(of job: Job, _ base: String) -> [String: JSON] {
    let request = "\(base)/\(job.app)/requests/\(job.id.lowercased)"
    return [
      "request_id": .string(job.id.lowercased), "response_url": .string(request),
      "status_url": .string(request + "/status"), "cancel_url": .string(request + "/cancel"),
    ]
  }

  private func statusBody(of job: Job, _ incoming: IncomingCall) -> JSON {
    var members = addresses(of: job, incoming.base)
    let wantsLogs = ["1", "true"].contains(incoming.parameter("logs") ?? "")
    members["logs"] = wantsLogs ? .array(logs(of: job)) : .null
    switch job.phase {
    case .waiting:
      members["status"] = "IN_QUEUE"
      members["queue_position"] = .integer(queue.withLock { $0.position(of: job) })
    case .running: members["status"] = "IN_PROGRESS"
    case .ended:
      members["status"] = "COMPLETED"
      members["metrics"] = ["inference_time": job.inferenceTime.map { .number($0) } ?? .null]
      if let failure = job.failure, failure.level == .request {
        members["error"] = .string(failure.message)
        members["error_type"] = .string(failure.type)
      }
    }
    return .object(members)
  }

  private func logs(of job: Job) -> [JSON] {
    let lines = [("Generating audio", job.startedAt), ("Done", job.endedAt)]
    return lines.compactMap { message, time in
      guard let time else { return nil }
      return [
        "message": .string(message), "timestamp": .string(time.rfc3339), "level": "INFO",
        "source": "run",
      ]
    }
  }
}

extension Job {
  /// Seconds that it ran, to the millisecond; nil if it never ran or still runs.
  var inferenceTime: Double? {
    guard let startedAt, let endedAt else { return nil }
    return (endedAt.timeIntervalSince(startedAt) * 1000).rounded() / 1000
  }
}
