// SPDX-License-Identifier: MIT
#include "net/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <cstring>

namespace logos::net {
namespace {

constexpr unsigned char http11[] = "\x08http/1.1";

int choose_alpn(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size,
                void*) {
  // The list is a sequence of length-prefixed names. A client that offers only others still gets HTTP/1.1.
  for (unsigned at = 0; at < in_size; at += 1U + in[at])
    if (in[at] == 8 && at + 9 <= in_size && std::memcmp(in + at + 1, "http/1.1", 8) == 0) {
      *out = in + at + 1;
      *out_size = 8;
      return SSL_TLSEXT_ERR_OK;
    }
  return SSL_TLSEXT_ERR_NOACK;
}

SSL_CTX* common(const SSL_METHOD* method) {
  SSL_CTX* const context = SSL_CTX_new(method);
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  return context;
}

bool is_address(const std::string& host) {
  unsigned char bytes[16];
  return inet_pton(AF_INET, host.c_str(), bytes) == 1 || inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

} // namespace

void ssl_ctx_deleter::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }
void ssl_deleter::operator()(ssl_st* ssl) const { SSL_free(ssl); }

std::string tls_errors() {
  std::string out;
  while (const auto code = ERR_get_error()) {
    char text[256];
    ERR_error_string_n(code, text, sizeof text);
    // "error:0A000086:SSL routines::certificate verify failed": only the last part helps the reader.
    const char* const words = std::strrchr(text, ':');
    if (!out.empty()) out += "; ";
    out += words ? words + 1 : text;
  }
  return out;
}

boost::system::result<std::shared_ptr<const tls_context>, std::string>
tls_context::server(const std::string& certificate_file, const std::string& key_file) {
  ERR_clear_error();
  std::shared_ptr<tls_context> made{new tls_context{common(TLS_server_method()), false}};
  SSL_CTX* const context = made->context_.get();
  if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1)
    return "the certificate " + certificate_file + " cannot be used: " + tls_errors();
  if (SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1)
    return "the key " + key_file + " cannot be used: " + tls_errors();
  if (SSL_CTX_check_private_key(context) != 1)
    return "the key " + key_file + " does not belong to the certificate " + certificate_file + ": " + tls_errors();
  SSL_CTX_set_alpn_select_cb(context, &choose_alpn, nullptr);
  return std::shared_ptr<const tls_context>{std::move(made)};
}

boost::system::result<std::shared_ptr<const tls_context>, std::string> tls_context::client(bool verify,
                                                                                           const std::string& ca_file) {
  ERR_clear_error();
  std::shared_ptr<tls_context> made{new tls_context{common(TLS_client_method()), verify}};
  SSL_CTX* const context = made->context_.get();
  if (!ca_file.empty()) {
    if (SSL_CTX_load_verify_locations(context, ca_file.c_str(), nullptr) != 1)
      return "the authorities in " + ca_file + " cannot be used: " + tls_errors();
  } else if (verify) {
    SSL_CTX_set_default_verify_paths(context);
  }
  SSL_CTX_set_verify(context, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_alpn_protos(context, http11, sizeof http11 - 1);
  return std::shared_ptr<const tls_context>{std::move(made)};
}

ssl_ptr tls_context::accept(int descriptor) const {
  ssl_ptr ssl{SSL_new(context_.get())};
  if (ssl) {
    SSL_set_fd(ssl.get(), descriptor);
    SSL_set_accept_state(ssl.get());
  }
  return ssl;
}

ssl_ptr tls_context::connect(int descriptor, const std::string& host) const {
  ssl_ptr ssl{SSL_new(context_.get())};
  if (!ssl) return ssl;
  SSL_set_fd(ssl.get(), descriptor);
  SSL_set_connect_state(ssl.get());
  if (is_address(host)) {
    if (verify_) X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host.c_str());
  } else {
    SSL_set_tlsext_host_name(ssl.get(), host.c_str());
    if (verify_) SSL_set1_host(ssl.get(), host.c_str());
  }
  return ssl;
}

} // namespace logos::net
