// SPDX-License-Identifier: MIT
#include "actors/ingress/needs.hpp"

#include "actors/ingress/extent.hpp"

#include <algorithm>

namespace logos::ingress {
namespace {

using core::capability;

std::optional<capability> capability_for(endpoint at) {
  switch (at) {
  case endpoint::chat:
  case endpoint::completions:
  case endpoint::responses:
  case endpoint::messages: return capability::chat;
  case endpoint::embeddings: return capability::embeddings;
  case endpoint::moderations: return capability::moderation;
  case endpoint::ranking: return capability::rerank;
  case endpoint::image_generation:
  case endpoint::image_edit: return capability::image_generation;
  case endpoint::speech: return capability::speech;
  case endpoint::transcription: return capability::transcription;
  case endpoint::counting:
  case endpoint::other: break;
  }
  return std::nullopt;
}

} // namespace

core::needs needs_of(const intent& i, std::size_t body_bytes, bool chosen) {
  core::needs out;
  if (i.reads) return out;
  const auto main = capability_for(i.at);
  if (main) out.capabilities.add(*main);
  if (i.body == body_kind::json && main == capability::chat) {
    if (i.json.tools > 0) out.capabilities.add(capability::tools);
    if (i.json.images > 0) out.capabilities.add(capability::vision);
    if (i.json.wants_schema) out.capabilities.add(capability::json_schema);
    if (i.json.sound_bytes > 0) out.capabilities.add(capability::audio);
  }
  if (!chosen) return out;
  out.tokens = estimate(i, body_bytes, 0).prompt;
  if (i.json.completion_limit && takes_a_limit(i.at)) out.tokens += std::max<std::int64_t>(*i.json.completion_limit, 0);
  return out;
}

} // namespace logos::ingress
