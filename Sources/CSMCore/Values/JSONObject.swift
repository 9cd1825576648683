/// An object of JSON whose fields are all there, `null` where they have no value.
package struct JSONObject: Encodable, ExpressibleByDictionaryLiteral {
  private let fields: [(name: String, value: any Encodable)]

  package init(dictionaryLiteral fields: (String, any Encodable)...) { self.fields = fields }

  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Name.self)
    for field in fields { try values.encode(field.value, forKey: Name(stringValue: field.name)) }
  }
}

extension JSONObject {
  /// The same with one more field.
  package func adding(_ name: String, _ value: any Encodable) -> JSONObject {
    JSONObject(fields: fields + [(name, value)])
  }

  /// The same with another one's fields.
  package func adding(_ other: JSONObject) -> JSONObject {
    JSONObject(fields: fields + other.fields)
  }

  private init(fields: [(name: String, value: any Encodable)]) { self.fields = fields }
}
