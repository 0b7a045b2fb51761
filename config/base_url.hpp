// SPDX-License-Identifier: MIT
#pragma once
#include "core/url.hpp"
#include "core/vocabulary.hpp"

#include <string>
#include <string_view>

namespace logos::config {

/// A provider's address in the one form that paths are appended to: without slashes and `/v1` at its end; for azure
/// also without `/openai` and what follows it, so that an address copied from the portal works (its `api-version=…`
/// stays in `query`). `{model}` in the path is kept. Fails with words that say why.
boost::system::result<core::url, core::failure> normalise_base_url(core::provider_type type, std::string_view text);

/// The type that an address suggests: Ollama's port, the cloud vendors' host names, else custom.
core::provider_type guess_provider_type(const core::url& address);

/// An address other than a base_url, such as ollama_admin_url: http or https with a host, without user, password, query
/// and fragment. Why not otherwise, to be read behind the field's name; empty: it is one.
std::string address_problem(std::string_view text);

/// The same for a deployment's endpoint: a path below base_url, or a whole address; either may have a query.
std::string endpoint_problem(std::string_view text);

} // namespace logos::config
