// SPDX-License-Identifier: MIT
#pragma once
#include "actors/catalog/snapshot.hpp"
#include "actors/classification/logos_v.hpp"
#include "core/capability.hpp"
#include "core/error.hpp"

#include <boost/container/small_vector.hpp>
#include <boost/system/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

/// Which policy a request has to obey: the strictest of all that concern it.
///
/// * Of policies that hold by default, the nearest one: for the profile, else for the process, else for everyone. A
///   policy that the header `policy` names takes its place: an operator has made it for this key to choose.
/// * With it, every policy that always holds for this profile, this process or everyone.
/// * With these, what a model's name (`logos-v…`) says. It can only tighten: a client has written it, not an operator.
namespace logos::classification {

/// May live longer than the snapshot that it was made from. Null: nothing is forbidden.
using policy_ptr = std::shared_ptr<const catalog::policy>;

/// Who asks. `who` and `with` live as long as `in`.
struct petitioner {
  catalog::snapshot_ptr in;
  const catalog::principal* who = nullptr;
  const catalog::profile* with = nullptr; // may be null
};

/// What a request says about its policy: kept with it, so that its policy can be worked out again from a newer catalog.
struct petition {
  std::int64_t policy_id = 0;    // of the header; 0: none
  std::int64_t wished_id = 0;    // of the model's name; 0: none
  std::optional<wish> by_name{}; // what else the model's name says
};

/// The policy of that id or name among those of this key, the nearest first; `resource_not_found`, which does not tell
/// whether somebody else has one.
boost::system::result<const catalog::policy*, core::failure> find_policy(const petitioner& by, std::string_view text);
/// Reads what a model's name says into `out`.
core::failure read_wish(const petitioner& by, std::string_view model, petition& out);

/// Into `petitioner::in`, each once.
using policy_list = boost::container::small_vector<const catalog::policy*, 8>; // seldom more

/// All policies that a request obeys, as they come together: that of the header, else the nearest default; that of the
/// model's name; those that always hold. Whatever asks which policies hold asks this. Fails with `forbidden` when one
/// that was named is gone.
boost::system::result<policy_list, core::failure> policies_obeyed(const petitioner& by, const petition& what);

/// The policy to obey: these, and what the model's name says besides. A cost threshold of 1024 has become the highest
/// cost weight among the models that the key may use where the policy's privacy allows it and that can do what the
/// request needs, its context included: whoever asks again for the same request gives the same needs. Fails as
/// `policies_obeyed` does.
boost::system::result<policy_ptr, core::failure> policy_for(const petitioner& by, const petition& what,
                                                            const core::needs& needs);

/// Both at a time: the stricter of the privacy levels, the higher of the thresholds. Name, priority, topic and cascade
/// are those of `first`, where it says any.
catalog::policy both(const catalog::policy& first, const catalog::policy& second);

/// Whether the policy (may be null) admits a deployment: its provider's privacy level and its model's cost weight. All
/// that is asked of a request with a provider's own key, which has no permissions; of any other it is a part of
/// `may_serve`.
bool admits(const catalog::policy* policy, const catalog::deployment& d);
/// Whether a request of `who` with a profile and under a policy (both may be null) may be served by a deployment of a
/// model: the key's and the profile's models, the profile's providers and the policy. Whatever picks a deployment for a
/// key goes through this. What the model can do is another question.
bool may_serve(const catalog::principal& who, const catalog::profile* with, const catalog::policy* under,
               const catalog::deployment& d);

} // namespace logos::classification
