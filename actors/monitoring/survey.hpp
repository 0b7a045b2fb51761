// SPDX-License-Identifier: MIT
#pragma once
#include "actors/messages.hpp"
#include "actors/monitoring/probe.hpp"
#include "actors/monitoring/servers.hpp"
#include "core/time.hpp"
#include "core/vocabulary.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace logos::monitoring {

/// What a MONITOR asks its provider and what it makes of the answers. Pure: sends nothing, knows no time but
/// what it is given.
class survey {
public:
  /// `exposed`: everybody can reach it, and it needs no key.
  explicit survey(std::int64_t provider_id = 0, core::provider_type type = core::provider_type::custom,
                  bool exposed = false);

  /// The paths of the next round, also when the one before was not closed. What seldom changes (versions, models on
  /// disk) is asked seldom, and anew when the provider has been away.
  std::vector<std::string> begin_round(core::steady_time now, core::wall_time wall);
  /// An answer of this round.
  void take(std::string_view path, const probe_answer& answer);
  /// Closes the round. Any HTTP status means reachable; one answer that is only late does not yet mean unreachable.
  const actors::provider_observation& end_round();

  /// As of the last round.
  const actors::provider_observation& seen() const { return seen_; }
  /// What an operator should know of it; empty: nothing. Part of what is seen, too.
  const std::string& advice() const { return advice_; }
  bool ollama() const { return type_ == core::provider_type::ollama; }
  /// The last round has said what lies in memory.
  bool told_memory() const { return told_memory_; }
  /// That was something else than before: models came or went, or were used. Of a server that says how busy it is:
  /// it works, or has ended what it worked on.
  bool stirs() const { return stirs_; }
  /// It says that it works.
  bool busy() const { return seen_.reachable && (seen_.running > 0 || seen_.waiting > 0); }
  /// The last round has shown what kind of server it is, and the next one asks for what only such a one has.
  bool recognised() const { return recognised_; }

private:
  void take_ollama(std::string_view path, const probe_answer& answer);
  void take_listing(const probe_answer& answer);
  bool take_extra(std::string_view path, const probe_answer& answer);
  void take_load();
  /// What is behind the address may be another server than the one that was.
  void forget_kind();
  /// What it is taken for until it says.
  server_kind usual_kind() const;
  /// Nothing that is asked seldom is missing.
  bool knows_all() const;
  void note(std::string text);

  core::provider_type type_;
  actors::provider_observation seen_;
  bool exposed_ = false;
  server_kind kind_ = server_kind::unknown;
  workload load_; // of this round
  std::string version_;
  std::string advice_;
  std::string remark_; // of this round
  std::string failure_;
  std::vector<std::pair<std::string, core::wall_time>> memory_; // by name: until when, as the server says
  core::wall_time wall_{};
  core::steady_time begun_{};                   // this round
  std::optional<core::steady_time> whole_at_{}; // when what is asked seldom was asked
  std::optional<core::steady_time> recognised_at_{};
  std::uint32_t late_ = 0; // rounds in a row without an answer, though there was a connection
  bool answered_ = false;
  bool refused_ = false; // no connection
  bool whole_ = false;   // this round asks for everything
  bool told_memory_ = false;
  bool stirs_ = false;
  bool recognised_ = false;
};

/// The ids of an OpenAI model list, empty for anything else.
std::vector<std::string> parse_model_list(std::string_view json);

} // namespace logos::monitoring
