// SPDX-License-Identifier: MIT
#pragma once
#include "net/exchange.hpp"

namespace logos::ingress {

/// Whether a request below /v1/ or /openai/ is about batches that the gateway runs itself, or their files. A provider's
/// own files, and files for other purposes, are not.
bool is_about_batches(const net::request_view& request);

} // namespace logos::ingress
