#ifndef CSM_CCURL_H
#define CSM_CCURL_H

#include <curl/curl.h>

// Swift cannot call variadic C functions. Each function below calls one of libcurl's variadic functions
// with a fixed argument type.

static inline CURLcode csm_set_long(CURL *easy, CURLoption option, long value) {
  return curl_easy_setopt(easy, option, value);
}

static inline CURLcode csm_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(easy, option, value);
}

static inline CURLcode csm_set_string(CURL *easy, CURLoption option, const char *value) {
  return curl_easy_setopt(easy, option, value);
}

static inline CURLcode csm_set_pointer(CURL *easy, CURLoption option, void *value) {
  return curl_easy_setopt(easy, option, value);
}

// The type of the callbacks for reading, writing and headers.
typedef size_t (*csm_bytes_callback)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode csm_set_bytes_callback(CURL *easy, CURLoption option,
                                              csm_bytes_callback callback) {
  return curl_easy_setopt(easy, option, callback);
}

static inline CURLcode csm_set_opensocket_callback(CURL *easy, curl_opensocket_callback callback) {
  return curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, callback);
}

static inline CURLcode csm_set_prereq_callback(CURL *easy, curl_prereq_callback callback) {
  return curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, callback);
}

static inline CURLcode csm_get_long(CURL *easy, CURLINFO info, long *value) {
  return curl_easy_getinfo(easy, info, value);
}

static inline CURLMcode csm_multi_set_long(CURLM *multi, CURLMoption option, long value) {
  return curl_multi_setopt(multi, option, value);
}

static inline CURLSHcode csm_share(CURLSH *share, curl_lock_data data) {
  return curl_share_setopt(share, CURLSHOPT_SHARE, data);
}

// The result of a finished transfer, which CURLMsg keeps in a union.
static inline CURLcode csm_message_result(const CURLMsg *message) {
  return message->data.result;
}

#endif
