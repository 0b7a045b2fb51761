// SPDX-License-Identifier: MIT
#include "net/event_relay.hpp"
#include "net/usage.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

struct relayed {
  std::string text;
  logos::net::answer_facts facts;
};

/// Feeds `stream` in pieces of `step` bytes, each a copy of its own so that a view that outlives its call is caught.
relayed relay(std::string_view stream, bool withhold, std::size_t step) {
  logos::net::event_relay relay{withhold};
  relayed out;
  const auto add = [&](std::string_view piece) { out.text += piece; };
  for (std::size_t at = 0; at < stream.size(); at += step) {
    const std::string piece{stream.substr(at, step)};
    relay.feed(piece, add);
    if (relay.held() > 64 * 1024) std::abort();
  }
  relay.finish(add);
  out.facts = relay.facts();
  return out;
}

} // namespace

/// Arbitrary bytes as an event stream: without withholding all of them come out; with it the same comes out however
/// they are split, never more than went in; what is read does not depend on the split either.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::size_t step = 1 + data[0] % 32;
  const std::string_view stream{reinterpret_cast<const char*>(data) + 1, size - 1};
  const auto plain = relay(stream, false, step);
  if (plain.text != stream) std::abort();
  const auto whole = relay(stream, true, stream.size() + 1);
  const auto split = relay(stream, true, step);
  if (whole.text != split.text || whole.text.size() > stream.size()) std::abort();
  if (!(whole.facts.tokens == split.facts.tokens) || !(whole.facts.tokens == plain.facts.tokens)) std::abort();
  if (whole.facts.text_bytes != split.facts.text_bytes || whole.facts.deltas != plain.facts.deltas) std::abort();

  for (const auto kind : {logos::net::content_kind::json, logos::net::content_kind::ndjson}) {
    logos::net::usage_reader one{kind}, many{kind};
    one.read_whole(stream);
    for (std::size_t at = 0; at < stream.size(); at += step)
      many.feed(stream.substr(at, step));
    many.finish();
    if (!(one.facts().tokens == many.facts().tokens)) std::abort();
  }
  return 0;
}
