// SPDX-License-Identifier: MIT
#include "net/message_head.hpp"

#include "net/header_policy.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace logos::net {
namespace {

namespace http = boost::beast::http;
using beast_error = boost::beast::error_code;
using text = boost::beast::string_view; // the standard one only from some version on

/// Beast's parser, which keeps views into what it is given instead of filling a container.
template <bool is_request>
class view_parser final : public http::basic_parser<is_request> {
public:
  explicit view_parser(std::vector<header_view>& headers) : headers_{headers} {
    this->header_limit(0xffffffff); // bounded by the caller
    this->body_limit(boost::none);
  }
  std::string_view method, target, reason, te;
  int status = 0;
  int version = 11;
  unsigned hosts = 0, lengths = 0, encodings = 0;
  std::string_view length_text, host, expect, connection, content_type, content_encoding, retry_after, origin;
  bool preflight = false;
  bool dated = false;

private:
  void on_request_impl(http::verb, text m, text t, int v, beast_error&) override {
    method = m;
    target = t;
    version = v;
  }
  void on_response_impl(int code, text why, int v, beast_error&) override {
    status = code;
    reason = why;
    version = v;
  }
  void on_field_impl(http::field field, text name, text value, beast_error&) override {
    headers_.push_back({name, value});
    switch (field) {
    case http::field::host:
      ++hosts;
      host = value;
      break;
    case http::field::content_length:
      ++lengths;
      length_text = value;
      break;
    case http::field::transfer_encoding:
      ++encodings;
      te = value;
      break;
    case http::field::expect: expect = value; break;
    case http::field::connection: connection = value; break;
    case http::field::content_type: content_type = value; break;
    case http::field::content_encoding: content_encoding = value; break;
    case http::field::retry_after: retry_after = value; break;
    case http::field::origin: origin = value; break;
    case http::field::access_control_request_method: preflight = true; break;
    case http::field::date: dated = true; break;
    default: break;
    }
  }
  void on_header_impl(beast_error&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, beast_error&) override {}
  std::size_t on_body_impl(text body, beast_error&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, text, beast_error&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, text body, beast_error&) override { return body.size(); }
  void on_finish_impl(beast_error&) override {}

  std::vector<header_view>& headers_;
};

core::failure bad(std::string message) { return {core::ec::bad_request, std::move(message)}; }

core::failure explain(const beast_error& e, std::string_view bytes) {
  const auto line = bytes.substr(0, bytes.find('\r'));
  if (e == http::error::bad_version) {
    const auto version = line.substr(line.rfind(' ') + 1);
    // What ends with a version that is spoken here has something else wrong, such as a blank in its target.
    const bool spoken = version == "HTTP/1.1" || version == "HTTP/1.0";
    if (version.starts_with("HTTP/") && version.size() == 8 && !spoken)
      return {core::ec::http_version, "This server speaks HTTP/1.1 and HTTP/1.0."};
    return bad("The request line does not end with ' HTTP/1.1'.");
  }
  if (e == http::error::bad_method) return bad("The request does not begin with a method.");
  if (e == http::error::bad_target)
    return bad("The request target is missing or holds characters that are not allowed.");
  if (e == http::error::bad_field) return bad("A header name is empty or holds characters that are not allowed.");
  if (e == http::error::bad_value) return bad("A header value holds characters that are not allowed.");
  if (e == http::error::bad_content_length || e == http::error::multiple_content_length)
    return bad("Content-Length is not one number, or stands beside Transfer-Encoding.");
  if (e == http::error::bad_transfer_encoding)
    return bad("Transfer-Encoding is repeated, or stands beside Content-Length.");
  return bad("The request is not well-formed HTTP/1.1.");
}

bool valid_host(std::string_view host) {
  if (host.empty() || host.size() > 255 + 6) return false;
  return std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || std::strchr(".-_:[]%~", c);
  });
}

/// Path and query of an absolute http URI; empty if it is none. `http://host` alone means `/`.
std::string_view origin_form(std::string_view target) {
  const auto scheme = target.find("://");
  const auto name = target.substr(0, scheme == target.npos ? 0 : scheme);
  if (!equal_names(name, "http") && !equal_names(name, "https")) return {};
  const auto rest = target.substr(scheme + 3);
  const auto at = rest.find_first_of("/?");
  if (at == 0 || rest.empty()) return {};
  if (at == rest.npos) return "/";
  return rest[at] == '/' ? rest.substr(at) : std::string_view{};
}

template <class Parser>
core::failure check_framing(const Parser& p) {
  if (p.lengths > 1 || p.length_text.find(',') != std::string_view::npos) return bad("Content-Length is repeated.");
  if (p.encodings == 0) return {};
  if (p.version < 11) return bad("Transfer-Encoding needs HTTP/1.1.");
  if (p.encodings > 1) return bad("Transfer-Encoding is repeated.");
  if (!equal_names(p.te, "chunked"))
    return {core::ec::not_implemented, "The only transfer coding understood here is 'chunked'."};
  return {};
}

} // namespace

head_scanner::state head_scanner::scan(std::string_view bytes) {
  while (seen_ < bytes.size()) {
    const auto* const lf = static_cast<const char*>(std::memchr(bytes.data() + seen_, '\n', bytes.size() - seen_));
    if (!lf) {
      seen_ = bytes.size();
      return state::more;
    }
    const auto at = static_cast<std::size_t>(lf - bytes.data());
    if (at == line_ || bytes[at - 1] != '\r') return state::bare_lf;
    const bool blank = at == line_ + 1;
    if (line_ != 0 && !blank && (bytes[line_] == ' ' || bytes[line_] == '\t')) return state::folded;
    line_ = seen_ = at + 1;
    if (blank) return state::complete;
  }
  return state::more;
}

core::failure refuse_early(std::string_view b) {
  if (b.empty()) return {};
  const auto first = static_cast<unsigned char>(b[0]);
  if (first == 0x16 || first == 0x80) return bad("This port speaks plain HTTP, and the client began with TLS.");
  if (b.size() >= 5 && b.starts_with("PRI *"))
    return {core::ec::http_version, "This server speaks HTTP/1.1 and HTTP/1.0, not HTTP/2."};
  const bool letter = (first >= 'A' && first <= 'Z') || (first >= 'a' && first <= 'z');
  if (!letter && !valid_header_name(b.substr(0, 1))) return bad("The request does not begin with a method.");
  return {};
}

core::failure parse_request_head(std::string_view bytes, std::size_t most_target_bytes, request_head& into) {
  into.headers.clear();
  view_parser<true> p{into.headers};
  beast_error e;
  const auto line = bytes.substr(0, bytes.find('\r'));
  if (line.size() > most_target_bytes + 32)
    return {core::ec::uri_too_long,
            "The request target is longer than " + std::to_string(most_target_bytes) + " bytes."};
  p.put({bytes.data(), bytes.size()}, e);
  if (e == http::error::need_more) return bad("The request head is not well-formed.");
  if (e) return explain(e, bytes);
  if (auto f = check_framing(p); f.code != core::ec::none) return f;
  if (p.target.size() > most_target_bytes)
    return {core::ec::uri_too_long,
            "The request target is longer than " + std::to_string(most_target_bytes) + " bytes."};
  if (p.hosts > 1) return bad("The Host header is repeated.");
  if (p.hosts == 0 && p.version == 11) return bad("The Host header is missing.");
  if (p.hosts == 1 && !valid_host(p.host)) return bad("The Host header is not a host name with an optional port.");
  if (p.target != "*" && !p.target.starts_with('/')) {
    p.target = origin_form(p.target);
    if (p.target.empty()) return bad("The request target is neither a path nor an http URL.");
  }
  if (p.target == "*" && p.method != "OPTIONS") return bad("Only OPTIONS may ask for '*'.");
  if (!p.expect.empty()) {
    if (!equal_names(p.expect, "100-continue"))
      return {core::ec::expectation_failed, "The only expectation understood here is '100-continue'."};
    into.expects_continue = p.version == 11;
  } else {
    into.expects_continue = false;
  }
  into.method = p.method;
  into.target = p.target;
  into.origin = p.origin;
  into.preflight = p.preflight;
  into.version = static_cast<unsigned>(p.version);
  into.keep_alive = p.keep_alive();
  into.chunked = p.chunked();
  into.content_length.reset();
  if (const auto length = p.content_length()) into.content_length = *length;
  return {};
}

bool parse_response_head(std::string_view bytes, response_head& into, std::string& why) {
  into.headers.clear();
  view_parser<false> p{into.headers};
  beast_error e;
  p.put({bytes.data(), bytes.size()}, e);
  if (e) {
    why = e == http::error::need_more ? "malformed head" : e.message();
    return false;
  }
  if (const auto f = check_framing(p); f.code != core::ec::none) {
    why = f.message;
    return false;
  }
  into.status = p.status;
  into.version = static_cast<unsigned>(p.version);
  into.reason = p.reason;
  into.connection = p.connection;
  into.content_type = p.content_type;
  into.content_encoding = p.content_encoding;
  into.chunked = p.chunked();
  into.keep_alive = p.keep_alive();
  into.dated = p.dated;
  into.content_length.reset();
  if (const auto length = p.content_length()) into.content_length = *length;
  into.retry_after_s = 0;
  std::from_chars(p.retry_after.data(), p.retry_after.data() + p.retry_after.size(), into.retry_after_s);
  return true;
}

} // namespace logos::net
