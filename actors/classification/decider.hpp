// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/rulebook.hpp"
#include "actors/classification/scoring/scorer.hpp"
#include "actors/classification/selection.hpp"
#include "actors/scheduling/outlook.hpp"
#include "core/time.hpp"
#include "core/uuid.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace logos::classification {

/// What is asked of a model, as it came.
struct subject {
  std::string_view body{};         // JSON, with net::json_padding readable bytes after its end; empty: none
  std::uint32_t tokens = 0;        // estimate, prompt and answer
  std::uint32_t prompt_tokens = 0; // of them
  core::wall_time received{};
  core::uuid request{};           // of one that runs; nil: it is only tried
  const petition* says = nullptr; // of its policy, which has come into the selection's; null: nothing
  /// What came of asking for its gist; null: nobody was asked yet.
  const told_gist* told = nullptr;
};

/// Fills `learned` of every candidate: what results have taught of it with prompts such as this one. It is called once
/// for each decision, when the prompt has been read and before anything is scored; not for one that could not be read.
using learned_source =
    std::function<void(const catalog::principal& who, const reading& asked, std::span<candidate> into)>;

/// Which of the ranked candidates a request tries instead of the first, to learn of it; nothing: none. Asked after
/// `learned_source`, for the same prompt, and only for a request that runs.
using explorer = std::function<std::optional<std::size_t>(const core::uuid& request, std::span<const ranked> order)>;

/// Who asks by what else a decision may compare texts. All of it outlives the call.
struct inquest {
  const selection_input& in;
  const catalog::snapshot_ptr& catalog;
  const decision_rules_ptr& rules; // with `embeddings`
  const known_texts_ptr& texts;    // what is said of the catalog's models
  const reading& asked;
  const told_gist* told = nullptr;
};
struct second_opinion {
  other_view by{};                    // nothing: the built-in encoder decides
  std::string_view encoder{};         // whose view it is; good until it is asked again
  fallback why = fallback::none;      // there is none
  std::optional<wanted_gist> waits{}; // this has to be asked for first
};
/// Called once for each decision under rules with `embeddings`, when the prompt has been read.
using opinion_source = std::function<second_opinion(const inquest&)>;

/// Where a request may go, and why.
struct decision {
  selection found;
  /// Nothing was decided: to be asked again when this is known, or the patience is over (`subject::told`).
  std::optional<wanted_gist> waits{};
  /// What was read; its texts are good until the decider reads again. Nothing: the body is no JSON.
  std::optional<reading> asked;
};

/// Chooses models: reads the prompt and ranks what every hard filter lets pass. The same for a request that runs and
/// for one that is only tried. What it keeps is memory, not state: the same arguments give the same order, as long as
/// what is measured stays the same. One thread.
class decider {
public:
  /// `seen`: what SCHEDULERs say of deployments; may be null. `learned`, `explores` and `opinion` may be empty. `clock`
  /// outlives it.
  decider(std::shared_ptr<const scheduling::outlooks> seen, learned_source learned, const core::clock& clock,
          explorer explores = {}, opinion_source opinion = {});

  /// `in` is about `catalog`. `shown`: of how many candidates the statistics tell, the best first.
  decision decide(const selection_input& in, const catalog::snapshot_ptr& catalog, const subject& what,
                  const decision_rules_ptr& rules, std::size_t shown);

private:
  /// A model as operators describe it.
  struct told {
    std::int64_t id = 0;
    std::string name, tags, description;
    model_weights weights{};
    bool operator==(const told&) const;
  };

  /// An example, and which model it is about.
  struct cited {
    std::int64_t model = 0;   // 0: a topic
    std::int64_t id = 0;      // 0: one of the rules
    std::int64_t version = 0; // of one that is not
    bool operator==(const cited&) const = default;
  };

  /// What is known of the catalog's models, made anew only when something that counts for it has changed.
  const knowledge& known_of(const catalog::snapshot_ptr& catalog, const decision_rules_ptr& rules);
  void learn_of(const catalog::snapshot& catalog, const decision_rules_ptr& rules);

  std::shared_ptr<const scheduling::outlooks> seen_;
  learned_source learned_;
  explorer explores_;
  opinion_source opinion_;
  const core::clock* clock_;
  scorer scorer_;
  std::weak_ptr<const catalog::snapshot> of_; // `known_` is about it
  decision_rules_ptr by_;                     // and made by these
  std::vector<told> told_;                    // of these
  std::vector<cited> about_;                  // and its examples
  std::optional<knowledge> known_;
  known_texts_ptr texts_; // of it; null: nobody asks for them
};

} // namespace logos::classification
