import CSMCore
import Foundation

// Free requests about the account and the model, which change nothing at fal.

extension FalClient {
  /// The balance of the account in US dollars; nil if fal does not say.
  ///
  /// The endpoint is undocumented; several public programs read a bare number from it.
  package func balance() async -> Money? {
    var request = HTTPRequest(
      .get, "\(services.restURL)/billing/user_balance", deadline: .seconds(15),
      bytesMax: Self.answerBytesMax)
    guard case .success(let answer) = await send(&request), answer.status == 200,
      let dollars = answer.decode(Double.self), abs(dollars) < 1e9
    else { return nil }
    return Money(microDollars: Int64((dollars * 1e6).rounded()))
  }

  /// fal's description of a model, with nil for everything fal does not say.
  package func model(_ endpoint: String) async -> Model {
    var model = Model()
    if let price = await read(PricesMessage.self, "pricing?endpoint_id=\(endpoint)")?
      .prices.first(where: { $0.endpoint == endpoint })
    {
      (model.unit, model.currency) = (price.unit, price.currency)
      model.unitPrice =
        abs(price.unitPrice) < 1e6
        ? Money(microDollars: Int64((price.unitPrice * 1e6).rounded())) : nil
    }
    let query = "?endpoint_id=\(endpoint)&expand=openapi-3.0"
    if let found = await read(ModelsMessage.self, query)?
      .models.first(where: { $0.endpoint == endpoint })
    {
      model.isDeprecated = found.status.map { $0 == "deprecated" }
      model.requiresScene = found.inputRequires("scene")
    }
    return model
  }

  private func read<Message: Decodable>(_ type: Message.Type, _ path: String) async -> Message? {
    let separator = path.hasPrefix("?") ? "" : "/"
    var request = HTTPRequest(
      .get, "\(services.platformURL)/v1/models\(separator)\(path)", deadline: .seconds(15),
      bytesMax: 4 << 20)
    guard case .success(let answer) = await send(&request), answer.status == 200 else { return nil }
    return answer.decode(type)
  }
}

/// A page of fal's prices.
private struct PricesMessage: Decodable {
  struct Price: Decodable {
    let endpoint: String
    let unitPrice: Double
    let unit: String
    let currency: String?

    enum CodingKeys: String, CodingKey {
      case endpoint = "endpoint_id"
      case unitPrice = "unit_price"
      case unit, currency
    }
  }

  let prices: [Price]
}

/// A page of fal's models, each with its OpenAPI document.
private struct ModelsMessage: Decodable {
  struct Found: Decodable {
    let endpoint: String
    let status: String?
    let document: OpenAPIDocument?

    enum CodingKeys: String, CodingKey {
      case metadata, openapi
      case endpoint = "endpoint_id"
    }

    private struct Metadata: Decodable {
      let status: String?
    }

    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      endpoint = try values.decode(String.self, forKey: .endpoint)
      status = (try? values.decode(Metadata.self, forKey: .metadata))?.status
      document = try? values.decode(OpenAPIDocument.self, forKey: .openapi)
    }

    /// Whether `field` is required in a request; nil if the document does not say.
    func inputRequires(_ field: String) -> Bool? {
      document?.input(ofPostTo: "/\(endpoint)").map { $0.required?.contains(field) ?? false }
    }
  }

  let models: [Found]
}

/// The parts of an OpenAPI document that describe the body of a POST.
private struct OpenAPIDocument: Decodable {
  struct Schema: Decodable {
    let reference: String?
    let required: [String]?

    enum CodingKeys: String, CodingKey {
      case reference = "$ref"
      case required
    }
  }

  private struct Media: Decodable { let schema: Schema? }
  private struct Body: Decodable { let content: [String: Media] }
  private struct Operation: Decodable { let requestBody: Body? }
  private struct Path: Decodable { let post: Operation? }
  private struct Components: Decodable { let schemas: [String: Schema] }

  private let paths: [String: Path]
  private let components: Components?

  func input(ofPostTo path: String) -> Schema? {
    guard let schema = paths[path]?.post?.requestBody?.content["application/json"]?.schema else {
      return nil
    }
    guard let reference = schema.reference else { return schema }
    let prefix = "#/components/schemas/"
    guard reference.hasPrefix(prefix) else { return nil }
    return components?.schemas[String(reference.dropFirst(prefix.count))]
  }
}
