// SPDX-License-Identifier: MIT
#include "net/header_policy.hpp"

#include <algorithm>
#include <array>

namespace logos::net {
namespace {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// A header's name in lower case, without allocating. Names longer than any that matters are cut.
class lower_name {
public:
  explicit lower_name(std::string_view name) : size_{std::min(name.size(), text_.size())} {
    std::transform(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(size_), text_.begin(), lower);
  }
  std::string_view view() const { return {text_.data(), size_}; }

private:
  std::array<char, 64> text_;
  std::size_t size_;
};

/// A fixed set of lower-case names. Most names that are asked for are not in it, and are told apart by their first
/// letter and length alone.
template <std::size_t N>
class name_set {
public:
  template <class... Names>
  explicit constexpr name_set(Names... names) : names_{std::string_view{names}...} {
    for (const auto name : names_)
      lengths_[initial(name)] |= std::uint32_t{1} << name.size();
  }
  bool contains(std::string_view name) const {
    if (name.empty() || name.size() > 31 || (lengths_[initial(name)] >> name.size() & 1) == 0) return false;
    return std::find(names_.begin(), names_.end(), name) != names_.end();
  }

private:
  static constexpr std::size_t initial(std::string_view name) { return static_cast<unsigned char>(name.front()) % 32; }

  std::array<std::string_view, N> names_;
  std::array<std::uint32_t, 32> lengths_{};
};
template <class... Names>
name_set(Names...) -> name_set<sizeof...(Names)>;

/// RFC 9110 7.6.1, with the older names that proxies still meet.
constexpr name_set hop_by_hop{"connection",        "keep-alive",    "te", "trailer", "trailers", "upgrade",
                              "transfer-encoding", "http2-settings"};

constexpr name_set credentials{
    "authorization", "api-key", "x-api-key", "apikey", "x-goog-api-key", "ocp-apim-subscription-key", "x-auth-token"};

/// Which account of OpenAI's pays: the client's only with the client's key.
constexpr name_set accounts{"openai-organization", "openai-project"};

constexpr name_set never_forwarded{// the gateway frames and reads the answer itself
                                   "host", "content-length", "accept-encoding", "expect",
                                   // meant for the gateway
                                   "logos_key", "logos-key", "use_profile", "use-profile", "policy", "provider",
                                   "cookie", "cookie2",
                                   // where the client is and how it came here
                                   "forwarded", "via", "x-real-ip", "x-client-ip", "x-cluster-client-ip",
                                   "true-client-ip", "cf-connecting-ip", "fastly-client-ip", "x-original-url",
                                   "x-rewrite-url", "origin", "referer", "dnt", "priority", "upgrade-insecure-requests",
                                   // would make another request of it than the one that was let in
                                   "x-http-method-override", "x-http-method", "x-method-override"};

constexpr std::array<std::string_view, 5> never_forwarded_prefixes{"proxy-", "x-logos-", "x-forwarded-", "sec-",
                                                                   "access-control-"};

constexpr name_set answer_dropped{
    "content-length",  "set-cookie", "set-cookie2", "server", "date",           "alt-svc", "strict-transport-security",
    "public-key-pins", "expect-ct",  "report-to",   "nel",    "clear-site-data"};

/// Bytes that may stand in a text of a kind, one entry for each.
template <class Allowed>
constexpr std::array<bool, 256> byte_table(Allowed allowed) {
  std::array<bool, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i)
    table[i] = allowed(static_cast<unsigned char>(i));
  return table;
}

constexpr auto name_bytes = byte_table([](unsigned char c) {
  const char l = lower(static_cast<char>(c));
  return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view{"!#$%&'*+-.^_`|~"}.find(static_cast<char>(c)) != std::string_view::npos;
});
constexpr auto value_bytes = byte_table([](unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7f); });

bool consists_of(std::string_view text, const std::array<bool, 256>& allowed) {
  return std::all_of(text.begin(), text.end(), [&](char c) { return allowed[static_cast<unsigned char>(c)]; });
}

bool is_hop_by_hop(std::string_view name) { return hop_by_hop.contains(name) || name.starts_with("proxy-"); }

/// `name` is one of the words in a Connection header's value.
bool is_listed(std::string_view connection, std::string_view name) {
  while (!connection.empty()) {
    const auto comma = connection.find(',');
    auto word = connection.substr(0, comma);
    const auto blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!word.empty() && blank(word.front()))
      word.remove_prefix(1);
    while (!word.empty() && blank(word.back()))
      word.remove_suffix(1);
    if (equal_names(word, name)) return true;
    connection.remove_prefix(comma == std::string_view::npos ? connection.size() : comma + 1);
  }
  return false;
}

bool is_connection(const header_view& h) { return h.name.size() == 10 && equal_names(h.name, "connection"); }

/// A header may be split over several lines: each is asked.
bool connection_lists(std::span<const header_view> headers, std::string_view name) {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const header_view& h) { return is_connection(h) && is_listed(h.value, name); });
}

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

} // namespace

bool equal_names(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

bool valid_header_name(std::string_view name) { return !name.empty() && consists_of(name, name_bytes); }

bool valid_header_value(std::string_view value) { return consists_of(value, value_bytes); }

void append_forwarded_headers(std::string& out, std::span<const header_view> headers, std::string_view auth_name,
                              bool own_credentials) {
  const bool has_connection = std::any_of(headers.begin(), headers.end(), is_connection);
  for (const auto& [name, value] : headers) {
    const lower_name lowered{name};
    const auto known = lowered.view();
    if (is_hop_by_hop(known) || never_forwarded.contains(known)) continue;
    if (credentials.contains(known) || (!own_credentials && accounts.contains(known))) continue;
    if (std::any_of(never_forwarded_prefixes.begin(), never_forwarded_prefixes.end(),
                    [&](std::string_view prefix) { return known.starts_with(prefix); }))
      continue;
    if (!auth_name.empty() && equal_names(name, auth_name)) continue;
    if (has_connection && connection_lists(headers, name)) continue;
    if (!valid_header_name(name) || !valid_header_value(value)) continue;
    append_line(out, name, value);
  }
}

answer_header answer_header_policy(std::string_view name, std::string_view connection, bool own_rate_limits) {
  const lower_name lowered{name};
  const auto known = lowered.view();
  if (is_hop_by_hop(known) || answer_dropped.contains(known)) return answer_header::drop;
  if (!connection.empty() && is_listed(connection, name)) return answer_header::drop;
  if (own_rate_limits && known.starts_with("x-ratelimit-")) return answer_header::rename;
  if (known == "x-request-id" || known.starts_with("x-logos-") || known.starts_with("access-control-"))
    return answer_header::rename;
  return answer_header::forward;
}

void append_answer_headers(std::string& out, std::span<const header_view> headers, bool own_rate_limits) {
  const bool has_connection = std::any_of(headers.begin(), headers.end(), is_connection);
  for (const auto& [name, value] : headers) {
    const auto policy = answer_header_policy(name, {}, own_rate_limits);
    if (policy == answer_header::drop || (has_connection && connection_lists(headers, name))) continue;
    if (!valid_header_name(name) || !valid_header_value(value)) continue;
    if (policy == answer_header::rename) {
      const bool prefixed = name.size() > 2 && equal_names(name.substr(0, 2), "x-");
      out += "x-upstream-";
      append_line(out, prefixed ? name.substr(2) : name, value);
    } else {
      append_line(out, name, value);
    }
  }
}

} // namespace logos::net
