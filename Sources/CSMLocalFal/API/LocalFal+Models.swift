extension LocalFal {
  /// Answers `GET /v1/models`, for all models or the given endpoints.
  func models(_ incoming: IncomingCall) -> Reply {
    let endpoints = incoming.parameters("endpoint_id")
    let models = endpoints.isEmpty ? Model.allCases : endpoints.compactMap(Model.init(rawValue:))
    if models.isEmpty { return .platform(404, "not_found", "No such endpoint") }
    let expands = incoming.parameters("expand").contains("openapi-3.0")
    return Reply(
      200,
      [
        "models": .array(
          models.map { model in
            var members: [String: JSON] = [
              "endpoint_id": .string(model.rawValue),
              "metadata": model.metadata(isDeprecated: model == .csm && options.isDeprecated),
            ]
            if expands { members["openapi"] = model.openAPI }
            return .object(members)
          }), "next_cursor": nil, "has_more": false,
      ])
  }
}
