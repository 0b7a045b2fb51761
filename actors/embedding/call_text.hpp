// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/scoring/gist.hpp"
#include "core/error.hpp"
#include "net/collected_answer.hpp"

#include <boost/system/result.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// How an embedding model is asked, and what it answers: OpenAI's `/v1/embeddings`.
namespace logos::embedding {

/// The request as HTTP/1.1 has it, for net::inner_request. `within`: see `ingress::read_origin`; empty: these are
/// nobody else's words.
std::string request_text(std::string_view model, std::span<const std::string> texts, std::string_view within);

/// As many gists as there were texts, in their order, all of one length. A failure says why there are none.
boost::system::result<std::vector<classification::gist>, core::failure> read_answer(const net::collected_answer& a,
                                                                                    std::size_t texts);

} // namespace logos::embedding
