// SPDX-License-Identifier: MIT
#pragma once
#include "actors/catalog/snapshot.hpp"
#include "core/error.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

/// The ways by which requests with a provider's own key, brought by a client, reach that provider. A passage is a
/// deployment of no model whose id is the provider's, negated. It has no route: each request makes its own, so that
/// none carries a key of ours.
namespace logos::catalog {

/// Whether a provider may be asked with clients' keys: `said` is its setting. Ollama and vLLM ask for no key unless
/// they were told one (`has_key`), and what asks for none would serve anybody; of a custom one nothing else is known.
bool takes_client_keys(core::provider_type type, bool has_key, std::optional<bool> said);

deployment passage_to(const provider& p);
/// Of that provider; nothing when it takes no clients' keys here.
const deployment* find_passage(const snapshot& in, std::int64_t provider_id);
inline bool is_passage(const deployment& d) { return d.id < 0; }

/// Whom a header `provider` means among those that take clients' keys: a name, in any case, else the type that a single
/// one has. Empty: `openai`. Fails with resource_not_found, or bad_field where several are meant; neither tells whom
/// else there is.
boost::system::result<const deployment*, core::failure> choose_passage(const snapshot& in, std::string_view wanted);
/// The same for whoever has a Logos key, among the enabled providers of models that it may use, for root among all
/// that its profile allows: one of no use to the key is answered as one that does not exist.
boost::system::result<const provider*, core::failure> choose_provider(const snapshot& in, const principal& who,
                                                                      const profile* with, std::string_view wanted);

} // namespace logos::catalog
