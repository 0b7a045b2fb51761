// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/aptitude/recent_imprints.hpp"
#include "actors/classification/scoring/scorer.hpp"
#include "actors/learning/board.hpp"
#include "actors/learning/habits.hpp"
#include "actors/learning/intake.hpp"
#include "actors/learning/repetitions.hpp"
#include "storage/lessons.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace logos::learning {

/// A row of the log, and the prompt that it is about: the row itself holds that at log level FULL only.
struct noted {
  storage::feedback_row row;
  std::shared_ptr<const classification::imprint> about{}; // null: it teaches nothing
};
/// The same of a request of which `what` is known.
noted note_about(const core::uuid& request, const classification::remembered& what, classification::signal signal,
                 core::wall_time now);

/// What is remembered of a request, to be sent to another node.
std::string pack(const classification::remembered& what);
/// Nothing when these are not bytes of `pack` of the same version.
std::optional<classification::remembered> unpack(std::string_view bytes);

/// What the LEARNER remembers of requests: imprints, never texts, and what calls tell of models without anybody's word
/// (errors, clients that leave, questions that are asked again, and as much good as makes up for what is usual of
/// these). One thread.
class notebook {
public:
  struct rules {
    classification::recent_imprints::bounds memory{};
    bool implicit = true; // whether calls tell anything by themselves
    // Of one model in a minute. What counts tells something, good or bad, and stands for the others.
    unsigned calls_a_minute = 60;       // of one owner
    unsigned all_calls_a_minute = 600;  // of all; who calls no more than `few_calls` may use all of it, others half
    unsigned few_calls = 5;             // of one owner
    unsigned errors_a_minute = 10;      // of all, and half as many of one owner: more are an outage
    std::size_t owners_a_minute = 8192; // pairs of owner and model told apart; the others of a model are as one owner
    std::size_t most_signs = 1024;      // that wait to be written
  };
  /// `shown` outlives it.
  notebook(const rules& by, figures& shown);

  /// Makes an imprint of what was asked, and forgets the text.
  void note(const served& call, core::wall_time wall, core::steady_time now);
  /// The imprint of a body with net::json_padding zeros behind. Null when it is no conversation.
  std::shared_ptr<const classification::imprint> imprint_of_body(std::string_view padded);
  /// Null when it is not known, or not any more.
  const classification::remembered* find(const core::uuid& request, core::steady_time now) const {
    return recent_.find(request, now);
  }
  /// What calls have told since; they are not asked for again.
  std::vector<noted> signs(core::wall_time wall, core::steady_time now);
  /// Puts back what could not be written.
  void keep(std::vector<noted> unwritten);

private:
  struct tally {
    unsigned calls = 0;
    unsigned errors = 0;
  };
  /// What has counted in the minute that runs.
  struct minute {
    core::steady_time since{};
    std::unordered_map<std::int64_t, tally> models{};
    std::map<std::pair<std::int64_t, std::int64_t>, tally> owners{}; // and model
  };
  tally& of_owner(const served& call);
  bool counts(const served& call, core::steady_time now);
  void judge(const core::uuid& request, const classification::remembered& what,
             std::optional<classification::signal> sign, bool again, core::wall_time wall, core::steady_time now);
  void add(noted sign);

  rules rules_;
  figures& shown_;
  classification::scorer scorer_;
  std::uint64_t last_prompt_ = 0; // a hash of what was read last
  classification::recent_imprints recent_;
  repetitions repeated_;
  habits usual_;
  minute minute_;
  std::vector<noted> signs_;
};

} // namespace logos::learning
