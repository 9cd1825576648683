/// A JSON object that writes all its fields, including `null` ones.
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
  /// A copy with one more field.
  package func adding(_ name: String, _ value: any Encodable) -> JSONObject {
    JSONObject(fields: fields + [(name, value)])
  }

  /// A copy with the fields of another object added.
  package func adding(_ other: JSONObject) -> JSONObject {
    JSONObject(fields: fields + other.fields)
  }

  private init(fields: [(name: String, value: any Encodable)]) { self.fields = fields }
}
