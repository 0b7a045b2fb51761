// SPDX-License-Identifier: MIT
#pragma once
#include <boost/system/result.hpp>

#include <memory>
#include <string>

struct ssl_ctx_st;
struct ssl_st;

namespace logos::net {

struct ssl_ctx_deleter {
  void operator()(ssl_ctx_st* context) const;
};
struct ssl_deleter {
  void operator()(ssl_st* ssl) const;
};
using ssl_ptr = std::unique_ptr<ssl_st, ssl_deleter>;

/// Certificates and rules for TLS connections: TLS 1.2 and newer, ALPN http/1.1. Immutable; any thread.
class tls_context {
public:
  /// For the server's side, from PEM files. The error says which file is wrong and why.
  static boost::system::result<std::shared_ptr<const tls_context>, std::string>
  server(const std::string& certificate_file, const std::string& key_file);
  /// For the client's side. `ca_file` empty: the system's authorities.
  static boost::system::result<std::shared_ptr<const tls_context>, std::string> client(bool verify,
                                                                                       const std::string& ca_file);

  /// A connection's state, server side, on the non-blocking socket `descriptor`.
  ssl_ptr accept(int descriptor) const;
  /// Client side; checks the certificate's name against `host` (a name or an address) when the context verifies.
  ssl_ptr connect(int descriptor, const std::string& host) const;

private:
  explicit tls_context(ssl_ctx_st* context, bool verify) : context_{context}, verify_{verify} {}
  std::unique_ptr<ssl_ctx_st, ssl_ctx_deleter> context_;
  bool verify_;
};

/// OpenSSL's queue of errors as one line; empties it.
std::string tls_errors();

} // namespace logos::net
