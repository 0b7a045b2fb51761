// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace logos::classification {

/// What a request asks of a model, as far as choosing one needs it: its last question and what is around it. The texts
/// have their JSON escapes resolved; of one that is longer than `text_limit` only the beginning and the end are there.
/// They are good until the reader that made them reads again.
struct conversation {
  std::string_view question; // the last message of the user; of texts without roles, all of them
  std::string_view before;   // the user's message before it
  std::string_view system;   // the last message of `system` or `developer`, or `instructions`

  std::uint64_t bytes = 0; // of all texts, whoever wrote them, as they stand in the body
  std::uint32_t turns = 0; // messages of the user
  std::uint32_t tools = 0; // that the model may call
  std::uint32_t images = 0;
  std::uint32_t sounds = 0;
  std::uint32_t files = 0;
  bool tool_demanded = false; // the answer must be a call
  bool json_object = false;   // the answer must be JSON
  bool json_schema = false;   // of a shape that is given
};

/// Bytes of a text that are looked at: choosing a model must not take longer the longer a pasted file is.
inline constexpr std::size_t text_limit = 32 * 1024;

/// Reads conversations from bodies of chat completions, completions, responses, embeddings and Anthropic's messages.
/// Keeps its working memory; one per thread.
class conversation_reader {
public:
  conversation_reader();
  ~conversation_reader();
  conversation_reader(conversation_reader&&) noexcept;
  conversation_reader& operator=(conversation_reader&&) noexcept;

  /// `body` must have net::json_padding readable bytes after its end. Fails with ec::bad_json when it is not a JSON
  /// object. What the APIs do not have is passed by: whether it is allowed is the provider's affair.
  boost::system::result<conversation, core::failure> read(std::string_view body);
  /// The same for a body without readable bytes after it: copies.
  boost::system::result<conversation, core::failure> read_copying(std::string_view body);

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace logos::classification
