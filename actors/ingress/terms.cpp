// SPDX-License-Identifier: MIT
#include "actors/ingress/terms.hpp"

#include "actors/classification/selection.hpp"
#include "actors/ingress/needs.hpp"
#include "net/header_parameters.hpp"

namespace logos::ingress {

using core::ec;
using core::failure;

boost::system::result<const catalog::profile*, failure> find_profile(const catalog::principal& who,
                                                                     const net::request_view& request) {
  const auto text = request.find("use_profile");
  if (text.empty()) {
    const auto* first = who.find_profile(0);
    if (first == nullptr && !who.root)
      return failure{ec::forbidden, "This key has no profile, so it may use no model. An administrator can add one."};
    return first;
  }
  const auto id = parse_id(text);
  if (!id)
    return failure{ec::bad_field, "Header 'use_profile' must be the id of a profile, a positive integer.",
                   "use_profile"};
  const auto* named = who.find_profile(*id);
  if (named == nullptr)
    return failure{ec::forbidden, "Profile " + std::to_string(*id) + " does not belong to this key.", "use_profile"};
  return named;
}

failure read_petition(const classification::petitioner& by, const net::request_view& request,
                      classification::petition& out) {
  const auto text = net::without_blanks(request.find("policy"));
  if (text.empty()) return {};
  const auto found = classification::find_policy(by, text);
  if (!found) return found.error();
  out.policy_id = (*found)->id;
  return {};
}

failure read_origin(const classification::petitioner& by, const net::request_view& request,
                    classification::petition& out) {
  const auto text = request.find("x-logos-on-behalf");
  if (text.empty()) return {};
  if (by.who->log == core::log_level::full)
    return {ec::forbidden, "The process '" + by.who->name +
                               "' keeps what it sends (log level FULL), so others' prompts cannot go in its requests."};
  return classification::read_wish(by, text, out);
}

boost::system::result<obligations, failure> settle(const classification::petitioner& by, const intent& wanted,
                                                   std::size_t body_bytes, classification::petition& petition) {
  const bool chosen = classification::leaves_choice(*by.in, wanted.model);
  if (chosen && !wanted.model.empty())
    if (auto bad = classification::read_wish(by, wanted.model, petition); bad.code != ec::none) return bad;
  const auto needs = needs_of(wanted, body_bytes, chosen);
  auto policy = classification::policy_for(by, petition, needs);
  if (!policy) return policy.error();
  return obligations{std::move(*policy), needs};
}

} // namespace logos::ingress
