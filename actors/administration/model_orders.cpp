// SPDX-License-Identifier: MIT
#include "actors/administration/model_orders.hpp"

#include "actors/administration/members.hpp"
#include "actors/administration/rights.hpp"
#include "actors/catalog/passages.hpp"

namespace logos::administration {
namespace {

using core::ec;
using core::failure;

/// What happens next, for people.
std::string_view prospect_of(bool load, std::string_view state) {
  if (state == "loading") return "Its model is being loaded.";
  if (state == "leaving") return "Its model is being thrown out.";
  if (load)
    return state == "warm" ? "Its model lies in memory."
                           : "Its model is loaded as soon as nobody waits for another and there is room that nobody "
                             "uses.";
  if (state == "cold") return "Its model does not lie in memory.";
  return "Its model is thrown out when the requests that run there have ended.";
}

} // namespace

boost::system::result<model_wish, failure> read_wish(const call& c) {
  const auto id = c.id();
  if (!id) return id.error();
  const auto* d = c.snapshot ? c.snapshot->find_deployment(*id) : nullptr;
  if (d == nullptr || catalog::is_passage(*d)) return not_there("deployment", *id);
  const bool load = !c.request().path.ends_with("unload") && !c.request().path.ends_with("unload/");
  const auto& p = *d->provider;
  if (p.type != core::provider_type::ollama)
    return failure{ec::conflict,
                   "Provider " + p.name + " is of type " + std::string{to_string(p.type)} +
                       ", which keeps its models itself: only a provider of type ollama loads on demand."};
  if (!p.enabled) return failure{ec::conflict, "Provider " + p.name + " is disabled; enable it first."};
  const auto against = load ? core::residence::drained : core::residence::pinned;
  if (d->residence == against)
    return failure{ec::conflict, "The residence of deployment " + std::to_string(*id) + " is " +
                                     std::string{to_string(against)} + ", so that it would be " +
                                     (load ? "thrown out" : "loaded") +
                                     " again at once; PATCH it to \"automatic\" first."};
  return model_wish{*id, p.id, load};
}

storage::change change_of(const call& c, const model_wish& wish) {
  const auto* d = c.snapshot->find_deployment(wish.deployment_id);
  storage::change what;
  what.action = wish.load ? "load" : "unload";
  what.resource = "deployment";
  what.resource_id = wish.deployment_id;
  what.name = d->model->name + " at " + d->provider->name;
  return what;
}

outcome answer_wish(const call& c, const model_wish& wish, const actors::order_report& report) {
  if (const auto code = static_cast<ec>(report.code); code != ec::none)
    return to_problem({code, report.message, "", code == ec::no_provider ? 5U : 0U});
  const auto* d = c.snapshot->find_deployment(wish.deployment_id);
  members m;
  m.id("deployment_id", wish.deployment_id)
      .add("model", d->model->name)
      .add("provider", d->provider->name)
      .add("action", std::string{wish.load ? "load" : "unload"})
      .add("state", report.state)
      .add("detail", std::string{prospect_of(wish.load, report.state)});
  return to_outcome(202, m.finish());
}

} // namespace logos::administration
