// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <vector>

/// Models that a request names beside `model`. Gateways behind a provider (OpenRouter, LiteLLM, Vercel's, …) turn to
/// them when the first one fails, and tools that a provider runs (OpenAI's image_generation, Anthropic's advisor) ask
/// them.
namespace logos::net {

struct model_name {
  std::string name;
  std::string member; // that names it, as the client wrote it
};

/// Whether a member of the body's object may name such models, in whatever case its letters are.
bool may_name_models(std::string_view member);
/// Likewise a member of an object in `tools`, or of what is nested in one.
bool tool_may_name_models(std::string_view member);
/// Likewise a field of a form, as any server may read its name: `models`, `models[0]`, `mode%6cs`.
bool field_may_name_models(std::string_view field);

/// All that the members of a JSON body name: `models`, `fallbacks` and their like, and what `providerOptions`, `orq`,
/// `plugins` and `tools` hold of them; of tools that the provider runs at any depth (`parameters.model`, and the tools
/// of a model that is a tool). `body` must have json_padding readable bytes after its end and be well-formed.
/// Fails with ec::bad_field where a list is of anything but names and of objects with a `model` and nothing else: what
/// they would change could not be accounted for.
boost::system::result<std::vector<model_name>, core::failure> find_model_names(std::string_view body);

} // namespace logos::net
