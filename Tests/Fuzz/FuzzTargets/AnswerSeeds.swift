// Answers of fal to begin with, and some that once made trouble elsewhere.

private let id = "5f0c1cd1-1111-4222-8333-444455556666"
private let base = "https://queue.fal.run/fal-ai/csm-1b/requests/\(id)"

extension FuzzTarget {
  static let submitSeeds = [
    "200\nx-fal-request-id: \(id)\n\n{\"request_id\":\"\(id)\",\"status\":\"IN_QUEUE\",\"queue_position\":0}",
    "200\n\n{\"request_id\":\"\(id)\",\"response_url\":\"\(base)/response\",\"status_url\":\"\(base)/status\",\"cancel_url\":\"\(base)/cancel\"}",
    "200\n\n{\"request_id\":\"\(id)\",\"status_url\":\"https://queue.fal.run/fal-ai/csm-1b/../x/requests/\(id)/status\"}",
    "201\n\n{}", "204\n\n", "200\n\n<html>",
  ]
  static let statusSeeds = [
    "202\n\n{\"status\":\"IN_QUEUE\",\"queue_position\":12,\"logs\":null}",
    "202\n\n{\"status\":\"IN_PROGRESS\",\"logs\":[{\"message\":\"x\",\"timestamp\":\"2026\"}]}",
    "200\n\n{\"status\":\"COMPLETED\",\"metrics\":{\"inference_time\":1.25}}",
    "200\n\n{\"status\":\"COMPLETED\",\"metrics\":{\"inference_time\":1e308},\"queue_position\":-1}",
    "200\n\n{\"status\":\"COMPLETED\",\"error\":\"no\",\"error_type\":\"runner_disconnected\"}",
    "404\n\n{\"status\":\"NOT_FOUND\"}", "400\n\n{\"status\":\"ALREADY_COMPLETED\"}",
    "202\n\n{\"status\":\"CANCELLATION_REQUESTED\"}",
  ]
  static let resultSeeds = [
    "200\nx-fal-billable-units: 0.019\n\n{\"audio\":{\"url\":\"https://v3.fal.media/a.wav\",\"content_type\":\"audio/wav\",\"file_size\":48044}}",
    "200\nx-fal-billable-units: 1e308\n\n{\"audio\":\"https://v3.fal.media/a.wav\"}",
    "200\nx-fal-billable-units: nan\n\n{\"audio\":{\"url\":\"data:audio/wav;base64,UklGRg==\",\"file_size\":-1}}",
    "200\n\n{\"status\":\"IN_PROGRESS\"}",
    "400\n\n{\"detail\":\"Request is still in progress\"}",
    "499\nx-fal-error-type: client_cancelled\n\n{\"detail\":\"gone\",\"error_type\":\"client_cancelled\"}",
  ]
  static let listingSeeds = [
    "200\n\n{\"items\":[{\"request_id\":\"\(id)\",\"endpoint_id\":\"fal-ai/csm-1b\",\"started_at\":\"2026-11-23T19:00:00Z\",\"sent_at\":\"2026-11-23T19:00:00.123456+00:00\",\"status_code\":200,\"json_input\":{\"scene\":[{\"text\":\"Good night.\",\"speaker_id\":0}],\"context\":[]}}],\"has_more\":false}",
    "200\n\n{\"items\":[{\"request_id\":\"../x\",\"sent_at\":\"9999-12-31T23:59:60Z\"},{\"request_id\":\"a\",\"sent_at\":\"0000-01-01T00:00:00-23:59\",\"json_input\":{\"scene\":[]}}],\"next_cursor\":\"a&b#c\"}",
    "200\n\n{\"items\":[],\"next_cursor\":null,\"has_more\":true}",
  ]
  static let refusals = [
    "401\n\n{\"detail\":\"invalid key credentials\"}",
    "402\n\n{\"detail\":\"pay\"}",
    "403\n\n{\"detail\":\"User is locked. Reason: Exhausted balance.\"}",
    "408\n\n{\"detail\":\"slow\"}",
    "422\nx-fal-retryable: false\n\n{\"detail\":[{\"loc\":[\"body\",\"scene\"],\"msg\":\"field required\",\"type\":\"missing\"}]}",
    "429\nretry-after: 7\n\n{\"detail\":\"too many\",\"error_type\":\"concurrent_requests_limit\"}",
    "429\nretry-after: 99999999999999999999\n\n{}",
    "429\nretry-after: -1\n\n{}",
    "429\ndate: Mon, 23 Nov 2026 19:00:00 GMT\nretry-after: Fri, 31 Dec 9999 23:59:59 GMT\n\n{}",
    "429\ndate: Mon, 23 Nov 2026 19:00:00 GMT\nretry-after: Fr\u{301}i, 31 Dec 9999 23:59:59 GMT\n\n{}",
    "500\n\n{\"detail\":\"Internal Server Error\"}",
    "503\nx-fal-error-type: runner_disconnected\n\n{\"detail\":\"x\",\"error_type\":\"runner_disconnected\"}",
    "502\ncontent-type: text/html\n\n<html><center>nginx</center></html>",
    "504\nx-fal-request-timeout-type: user\n\n{\"error\":{\"type\":\"server_error\",\"message\":\"x\"}}",
    "200\n\n" + String(repeating: "[", count: 600), "200\n\n\u{FEFF}{}", "200\n\n\u{0}",
  ]
  static let words = [
    "\"request_id\":", "\"status\":", "\"COMPLETED\"", "\"IN_QUEUE\"", "\"audio\":", "\"url\":",
    "\"items\":", "\"sent_at\":", "\"json_input\":", "\"next_cursor\":", "\"detail\":",
    "\"error\":",
    "\"error_type\":", "\"metrics\":", "\"inference_time\":", "\"queue_position\":", "null", "true",
    "[", "]", "{", "}", ",", "retry-after: ", "x-fal-billable-units: ", "x-fal-error-type: ",
    "date: ", "200\n", "404\n", "422\n", "429\n", "500\n", "503\n", "https://queue.fal.run/",
    "/status", "/response", "data:audio/wav;base64,",
  ]
}
