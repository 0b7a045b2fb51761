// SPDX-License-Identifier: MIT
#pragma once
#include <string_view>

/// The gateway speaks to a provider with its operator's key. What belongs to the account behind that key, and not to
/// one request, is not everybody's.
namespace logos::ingress {

/// Whether a request to `rest`, below /v1/, is about the provider's account as a whole: its files, keys, users, models,
/// stored answers of everybody. However the path is spelled; also when it leaves what stands below /v1/ (`v1/`, `api/`,
/// an encoded slash).
bool is_account_path(std::string_view method, std::string_view rest);

/// Whether what a request to `rest` may cost is counted nowhere: calls that are held past the gateway, videos by the
/// second. Reading what they have made costs nothing.
bool is_unmetered(std::string_view method, std::string_view rest);

/// Whether `rest` is an inference path, however it is spelled. Open WebUI has its whole administration beside those.
bool is_inference_path(std::string_view rest);

/// Whether an entry of a key's `allowed_endpoints` names more than inference paths, so that it may be meant for the
/// account's: not `/v1/*`, `/v1/chat*` or `/v1/chat/completions`, but `/v1/files*` and `/v1/chat/completions/*`.
/// `/v1/batches*` is one where OpenAI's batches are relayed: `batches_here` says that the gateway runs them itself.
bool opens_account(std::string_view pattern, bool batches_here);

} // namespace logos::ingress
