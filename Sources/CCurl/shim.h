#pragma once

#include <curl/curl.h>

// Swift can't call variadic C functions. One typed wrapper per kind of argument, and nothing else: which option takes
// which kind is what libcurl's manual says, and what a wrong pairing would break silently.

static inline CURLcode fleet_curl_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode fleet_curl_set_large(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode fleet_curl_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode fleet_curl_set_pointer(CURL *easy, CURLoption option, const void *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode fleet_curl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(easy, option, value);
}

/// For CURLOPT_WRITEFUNCTION and CURLOPT_HEADERFUNCTION, which have one shape.
static inline CURLcode fleet_curl_set_write_callback(CURL *easy, CURLoption option, curl_write_callback value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode fleet_curl_set_prereq_callback(CURL *easy, curl_prereq_callback value) {
    return curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, value);
}

/// The only schemes libcurl may speak for this handle: "http" or "https". CURLOPT_PROTOCOLS_STR came with 7.85.
static inline CURLcode fleet_curl_set_protocol(CURL *easy, int https) {
#if LIBCURL_VERSION_NUM >= 0x075500
    const char *scheme = https ? "https" : "http";
    CURLcode result = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, scheme);
    return result ? result : curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, scheme);
#else
    long scheme = https ? CURLPROTO_HTTPS : CURLPROTO_HTTP;
    CURLcode result = curl_easy_setopt(easy, CURLOPT_PROTOCOLS, scheme);
    return result ? result : curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS, scheme);
#endif
}

static inline CURLcode fleet_curl_get_long(CURL *easy, CURLINFO info, long *value) {
    return curl_easy_getinfo(easy, info, value);
}

static inline CURLcode fleet_curl_get_pointer(CURL *easy, CURLINFO info, char **value) {
    return curl_easy_getinfo(easy, info, value);
}

static inline CURLMcode fleet_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

static inline CURLMcode fleet_curl_multi_set_pointer(CURLM *multi, CURLMoption option, void *value) {
    return curl_multi_setopt(multi, option, value);
}

static inline CURLMcode fleet_curl_multi_set_socket_callback(CURLM *multi, curl_socket_callback value) {
    return curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, value);
}

static inline CURLMcode fleet_curl_multi_set_timer_callback(CURLM *multi, curl_multi_timer_callback value) {
    return curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, value);
}

/// The result of a finished transfer: `CURLMsg.data` is a union, which Swift imports without tags.
static inline CURLcode fleet_curl_message_result(const CURLMsg *message) {
    return message->data.result;
}

/// CURL_GLOBAL_DEFAULT is a macro over macros.
static inline CURLcode fleet_curl_global_init(void) {
    return curl_global_init(CURL_GLOBAL_DEFAULT);
}
