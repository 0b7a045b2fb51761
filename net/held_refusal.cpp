// SPDX-License-Identifier: MIT
#include "net/held_refusal.hpp"

#include "net/header_policy.hpp"
#include "net/usage.hpp"

namespace logos::net {
namespace {

template <class Each>
void each_text(response_head& head, Each each) {
  for (auto* text : {&head.reason, &head.connection, &head.content_type, &head.content_encoding})
    each(*text);
  for (auto& h : head.headers) {
    each(h.name);
    each(h.value);
  }
}

} // namespace

bool held_refusal::can_be(const response_head& head) {
  if (head.status != 429) return false;
  const bool readable = head.content_encoding.empty() || equal_names(head.content_encoding, "identity");
  return readable && content_kind_of(head.content_type) == content_kind::json &&
         head.content_length.value_or(0) <= longest;
}

held_refusal::held_refusal(const response_head& head, core::steady_time now) : until_{now + patience}, head_{head} {
  std::size_t size = 0;
  each_text(head_, [&](std::string_view text) { size += text.size(); });
  text_.reserve(size); // so that what is viewed stays where it is
  each_text(head_, [&](std::string_view& text) {
    const auto at = text_.size();
    text_ += text;
    text = std::string_view{text_}.substr(at);
  });
}

} // namespace logos::net
