// SPDX-License-Identifier: MIT
#pragma once
#include "actors/ingress/intent.hpp"
#include "actors/ingress/other_models.hpp"
#include "core/error.hpp"
#include "net/model_names.hpp"

#include <boost/system/result.hpp>

#include <string_view>
#include <vector>

/// Batches that a provider runs: files of requests, one a line, and lists of them in one body. The provider asks its
/// models without asking us again, so each of their requests is judged when it is handed in, as if it came alone.
namespace logos::ingress {

/// Whether a request hands in a batch, or a file that may be one, to a provider.
bool hands_in_batch(const net::request_view& request, const intent& i);

/// Looks at every request of the batch: its JSON, endpoint, models (permitted, under the policy, served by the provider
/// under that very name, able to do what it needs, without a limit or budget of their own). `providers` loses those
/// that may not get it. Returns the models that are named, each once. Fails, with the number of the line, when nobody
/// is left, and for whoever has a limit or a hard budget: what a provider does with a batch is counted nowhere here.
/// Needs as much memory as the longest line; blocks for as long as reading the file takes.
boost::system::result<std::vector<net::model_name>, core::failure>
check_batch(const asker& by, const net::request_view& request, const intent& i, std::string_view client_address,
            std::vector<const catalog::provider*>& providers);

} // namespace logos::ingress
