// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"
#include "core/network.hpp"
#include "core/time.hpp"
#include "net/exchange.hpp"
#include "net/usage.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace logos::net {

/// A provider's address. Identity of a connection pool: equal targets share connections. Immutable, shared.
struct upstream_target {
  std::string host; // name or address, without brackets
  std::uint16_t port = 80;
  bool tls = false;
  bool verify = true;    // of the certificate and name, with TLS
  std::string ca_file{}; // empty: the system's
  /// Where to connect to in place of looking `host` up, which then only names whom the certificate must be of.
  std::vector<core::ip_address> addresses{};
  bool operator==(const upstream_target&) const = default;
};

/// Time limits of one call; zero means none.
struct call_limits {
  std::chrono::milliseconds connect{10'000};     // name, connection, TLS
  std::chrono::milliseconds first_byte{120'000}; // request sent to first byte of the answer's body (or its end)
  std::chrono::milliseconds idle{60'000};        // between two bytes of the answer
  std::chrono::milliseconds total{1'800'000};
};

/// A request as it goes to a provider.
struct upstream_call {
  std::shared_ptr<const upstream_target> target;
  std::string head;                    // request line and all headers, with the blank line, content-length included
  std::vector<std::string_view> body;  // pieces; memory of the exchange's request or of `patches`
  std::shared_ptr<const void> patches; // keeps the pieces alive that are not the exchange's
  bool head_only = false;              // the method is HEAD: the answer has no body
  call_limits limits;
  bool withhold_usage_chunk = false;              // we asked for usage in the stream and the client did not
  bool adds_cost = false;                         // the observer knows `usage_members`
  std::int64_t answers = 1;                       // that a stream has at most, if it is to have these
  bool tells_model = false;                       // which model has answered is of interest
  bool tells_object = false;                      // what the answer is about stays at the provider, under an id
  bool tells_refusal = false;                     // what a 429 says is of interest before it is decided on
  bool estimates = false;                         // the text of an answer is of interest also where it is counted
  std::shared_ptr<const own_counters> counters{}; // what else is counted in a usage object; null: nothing
  /// An answer with status 200 and up to so many bytes is kept from the client until the observer has judged it. 0:
  /// none.
  std::size_t hold_back = 0;
  std::string_view secret{};    // the provider's key: masked in answers that tell of an error; outlives the call
  bool keep_text = false;       // log level FULL: keep the answer (bounded) in the outcome
  std::string answer_headers;   // our own header lines for the client, each ended by CRLF
  bool own_rate_limits = false; // `x-ratelimit-…` is among them
};

/// How a call went.
struct call_outcome {
  core::ec error = core::ec::none;   // none: the provider's answer was relayed whole (also when its status is an error)
  std::string message{};             // what went wrong, for the client and the log
  int status = 0;                    // the provider's, 0 before its head
  bool answered = false;             // a byte of the answer went to the client
  bool complete = false;             // the answer's end was seen (for streams: finish reason, [DONE] or the like)
  bool sent_whole = false;           // the request's last byte was handed to the provider's socket
  bool failed = false;               // an error arrived inside an answer whose status is none
  bool dropped = false;              // it was held back, judged and not relayed; `error` is none
  usage tokens{};                    // tokens.seen tells whether the provider reported
  std::string model{};               // that the answer names, if the call asked for it (`tells_model`)
  std::string object_id{};           // of what the provider has stored, if the call asked for it (`tells_object`)
  std::uint64_t generated_bytes = 0; // text seen in deltas, for an estimate when usage is missing
  const text_sample* generated = nullptr; // of that text; the call's, and good for as long as its observer is told
  std::uint64_t text_after_usage = 0;     // of it, what a stream brought behind its last report of usage
  std::uint32_t events = 0;               // content events seen
  std::uint64_t request_bytes = 0;
  std::uint64_t response_bytes = 0;
  core::wall_time sent{};       // request handed to the provider's socket
  core::wall_time first_byte{}; // first byte of the answer's body
  core::wall_time ended{};
  std::uint32_t retry_after_s = 0; // the provider's `retry-after`
  bool reused = false;             // went over a pooled connection
  std::string text{};              // the answer's body if keep_text (at most 1 MiB)
};

/// Notes what was read of an answer, which outlives its use.
inline void take_facts(const answer_facts& facts, call_outcome& into) {
  into.tokens = facts.tokens;
  into.generated_bytes = facts.text_bytes;
  into.text_after_usage = facts.tokens.seen ? facts.text_bytes - facts.text_before_usage : 0;
  into.generated = &facts.text;
  into.events = static_cast<std::uint32_t>(facts.deltas);
  into.failed = facts.failed;
}

/// What becomes of an answer that is held back.
enum class judgement : std::uint8_t {
  wait,  // more of it is needed; at its end this counts as `relay`
  relay, // what came and what will come goes to the client, unchanged
  drop   // the client sees nothing of it
};

/// Hears how a call goes. All on the exchange's I/O thread, in this order; `ended` exactly once per call, `ending` at
/// most once.
class call_observer {
public:
  virtual ~call_observer() = default;
  /// What the provider says with a 429, before its `head`: whole, and only when the call asks for it
  /// (`tells_refusal`), it is JSON that is not compressed, and is short. Else its `head` comes alone.
  virtual void refused(std::string_view /*body*/) {}
  /// The provider's head is there. Answer false to drop the answer unrelayed (to try elsewhere): `ended` follows.
  virtual bool head(int status, std::span<const header_view> headers) = 0;
  /// The first byte of the answer's body.
  virtual void first_byte() = 0;
  /// The provider has stored what the answer is about, and this is its id: told before the client can know it. Only
  /// when the call asks for it (`tells_object`).
  virtual void stored(std::string_view /*object_id*/) {}
  /// Some of the answer is about to go to the client, and the process may die before its end: told at the first token,
  /// or when it is known what was stored, then whenever as much again or 64 tokens more have come, at most ten times a
  /// second. In between the client gets what nobody was told of. `so_far` has no `ended` yet.
  virtual void coming(const call_outcome& /*so_far*/, core::wall_time /*now*/) {}
  /// Asked of an answer that is held back (`hold_back`), after each read until it is not `wait`. `so_far`: its bytes as
  /// the client would get them. `whole`: these are all. When it is `drop`, `ended` follows without `ending`.
  virtual judgement judge(std::string_view /*so_far*/, content_kind /*kind*/, bool /*whole*/) {
    return judgement::relay;
  }
  /// Members, as JSON without braces, that a usage object of the answer gets at its end. Empty: none, and those of the
  /// provider's that are called so go; nothing: it stays as it is. `so_far`: what the outcome would be if the answer
  /// ended with that object; `complete` unless more of it is to come. Asked only when the call says so (`adds_cost`).
  virtual std::optional<std::string> usage_members(const call_outcome& /*so_far*/) { return std::nullopt; }
  /// The last bytes of the answer are about to leave: what must be on the books before the client sees the end.
  virtual void ending(const call_outcome& outcome) = 0;
  /// All is over; the provider's connection is pooled or closed. `outcome` is final.
  virtual void ended(const call_outcome& outcome) = 0;
};

} // namespace logos::net
