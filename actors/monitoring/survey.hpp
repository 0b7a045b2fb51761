// SPDX-License-Identifier: MIT
#pragma once
#include "actors/messages.hpp"
#include "actors/monitoring/probe.hpp"
#include "core/vocabulary.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace logos::monitoring {

/// What a MONITOR asks its provider and what it makes of the answers. Pure: sends nothing, knows no time.
class survey {
public:
  explicit survey(std::int64_t provider_id = 0, core::provider_type type = core::provider_type::custom);

  /// The paths of the next round. What seldom changes (versions, models on disk) is asked seldom, and anew when the
  /// provider has been away.
  std::vector<std::string> begin_round();
  /// An answer of this round.
  void take(std::string_view path, const probe_answer& answer);
  /// Closes the round. Any HTTP status means reachable; one answer that is only late does not yet mean unreachable.
  const actors::provider_observation& end_round();

  /// As of the last round.
  const actors::provider_observation& seen() const { return seen_; }
  bool ollama() const { return type_ == core::provider_type::ollama; }

private:
  void take_ollama(std::string_view path, const probe_answer& answer);
  void take_listing(const probe_answer& answer);
  void note(std::string text);

  core::provider_type type_;
  actors::provider_observation seen_;
  std::string version_;
  std::string remark_; // of this round
  std::string failure_;
  std::uint32_t rounds_ = 0; // since the seldom asked was asked
  std::uint32_t late_ = 0;   // rounds in a row without an answer, though there was a connection
  bool answered_ = false;
  bool refused_ = false; // no connection
};

/// The ids of an OpenAI model list, empty for anything else.
std::vector<std::string> parse_model_list(std::string_view json);

} // namespace logos::monitoring
