import CSMCore
import CSMSQLite

// A step of a job's history, for scripts.

extension JobTable.Step {
  package var json: JSONObject {
    [
      "at": at.rfc3339, "from": from, "to": to, "cause": cause, "request_id": requestID,
      "error_class": errorClass, "error": error,
    ]
  }
}
