import CSMCore
import Foundation

// The parts of fal's JSON that csmd reads.

/// The answer to a submit; only the id is required.
struct AcceptedMessage: Decodable {
  let requestID: String
  let statusURL: String?
  let responseURL: String?
  let cancelURL: String?

  enum CodingKeys: String, CodingKey {
    case requestID = "request_id"
    case statusURL = "status_url"
    case responseURL = "response_url"
    case cancelURL = "cancel_url"
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    requestID = try values.decode(String.self, forKey: .requestID)
    statusURL = try? values.decode(String.self, forKey: .statusURL)
    responseURL = try? values.decode(String.self, forKey: .responseURL)
    cancelURL = try? values.decode(String.self, forKey: .cancelURL)
  }

  /// The ticket; nil if the id is not valid.
  func ticket(acceptedAt: Timestamp) -> Ticket? {
    guard Ticket.isValid(requestID: requestID) else { return nil }
    return Ticket(
      requestID: requestID, statusURL: statusURL, responseURL: responseURL, cancelURL: cancelURL,
      acceptedAt: acceptedAt)
  }
}

/// The status of a request.
struct StatusMessage: Decodable {
  let status: String
  let requestID: String?
  let metrics: Metrics?
  /// Whether it names an error, as fal does if a request fails outside the model.
  let hasFailed: Bool
  /// fal's words about that error; nil if it has none.
  let problem: Problem?

  /// Whether the request has not ended.
  var isUnderWay: Bool { ["IN_QUEUE", "IN_PROGRESS"].contains(status.uppercased()) }

  struct Metrics: Decodable {
    let inferenceTime: Double?

    enum CodingKeys: String, CodingKey {
      case inferenceTime = "inference_time"
    }

    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      inferenceTime = try? values.decode(Double.self, forKey: .inferenceTime)
    }
  }

  enum CodingKeys: String, CodingKey {
    case status, metrics, error
    case requestID = "request_id"
    case errorType = "error_type"
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    status = try values.decode(String.self, forKey: .status)
    requestID = try? values.decode(String.self, forKey: .requestID)
    metrics = try? values.decode(Metrics.self, forKey: .metrics)
    let error = try? values.decode(String.self, forKey: .error)
    let type = try? values.decode(String.self, forKey: .errorType)
    hasFailed = [error, type].contains { $0?.isEmpty == false }
    problem = error.flatMap { error in
      error.isEmpty
        ? nil
        : Problem(type.flatMap(FalAnswer.word) ?? "server_error", "fal says: \(error.prefix(500))")
    }
  }
}

/// The source of a result's audio, whose `audio` (`audio_url` with some models) is a File object, a URL or a
/// data URI.
struct AudioSource: Decodable, Equatable {
  /// As received: usually an `https:` or `data:` URL; without a scheme, it is relative to the result's URL.
  let url: String
  /// The size in bytes; nil if fal does not give it.
  let size: Int?

  private enum CodingKeys: String, CodingKey {
    case audio
    case audioURL = "audio_url"
  }

  private struct File: Decodable {
    let url: String
    let size: Int?

    enum CodingKeys: String, CodingKey {
      case url
      case size = "file_size"
    }

    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      url = try values.decode(String.self, forKey: .url)
      size = try? values.decode(Int.self, forKey: .size)
    }
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let key: CodingKeys = (try? values.decodeNil(forKey: .audio)) == false ? .audio : .audioURL
    if let url = try? values.decode(String.self, forKey: key) {
      self.url = url
      size = nil
    } else {
      let file = try values.decode(File.self, forKey: key)
      url = file.url
      size = file.size
    }
  }

  /// Parses a result's JSON; nil if it contains no audio.
  init?(result: String) {
    guard let source = FalAnswer.decode(Self.self, from: Data(result.utf8)) else { return nil }
    self = source
  }
}

/// A page of the request listing.
struct ListingMessage: Decodable {
  let items: [Item]
  let nextCursor: String?
  let hasMore: Bool?

  enum CodingKeys: String, CodingKey {
    case items
    case nextCursor = "next_cursor"
    case hasMore = "has_more"
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    items = try values.decode([Item].self, forKey: .items)
    nextCursor =
      (try? values.decode(String.self, forKey: .nextCursor))
      ?? (try? values.decode(Int.self, forKey: .nextCursor)).map(String.init)
    hasMore = try? values.decode(Bool.self, forKey: .hasMore)
  }

  /// An item; each part that is missing or cannot be parsed is nil, so that one bad item neither hides the
  /// others nor goes unnoticed.
  struct Item: Decodable {
    let requestID: String?
    let endpoint: String?
    let sentAt: String?
    let statusCode: Int?
    /// Nil if it is missing or not an input of this model.
    let input: SpeechRequest?

    enum CodingKeys: String, CodingKey {
      case requestID = "request_id"
      case endpoint = "endpoint_id"
      case sentAt = "sent_at"
      case statusCode = "status_code"
      case input = "json_input"
    }

    init(from decoder: any Decoder) throws {
      let values = try? decoder.container(keyedBy: CodingKeys.self)
      requestID = try? values?.decode(String.self, forKey: .requestID)
      endpoint = try? values?.decode(String.self, forKey: .endpoint)
      sentAt = try? values?.decode(String.self, forKey: .sentAt)
      statusCode = try? values?.decode(Int.self, forKey: .statusCode)
      input =
        (try? values?.decode(SpeechRequest.self, forKey: .input))
        ?? (try? values?.decode(String.self, forKey: .input)).flatMap(Self.input)
    }

    /// An input that is listed as the text of its JSON.
    private static func input(_ text: String) -> SpeechRequest? {
      guard JSONShape(Array(text.utf8)).isModest else { return nil }
      return FalAnswer.decode(SpeechRequest.self, from: Data(text.utf8))
    }
  }
}

/// The URL to upload a file to, and its URL afterwards.
struct UploadPlaceMessage: Decodable {
  let uploadURL: String
  let fileURL: String

  enum CodingKeys: String, CodingKey {
    case uploadURL = "upload_url"
    case fileURL = "file_url"
  }
}
