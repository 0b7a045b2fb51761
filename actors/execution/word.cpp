// SPDX-License-Identifier: MIT
#include "actors/execution/word.hpp"

#include "actors/execution/admission.hpp"
#include "actors/execution/errand.hpp"
#include "actors/execution/serving.hpp"
#include "actors/learning/tenant.hpp"

#include <optional>

namespace logos::execution {
namespace {

using core::ec;
using ingress::endpoint;
using learning::fate;

bool is_conversation(const ingress::intent& i) {
  return !i.reads && i.body == ingress::body_kind::json &&
         (i.at == endpoint::chat || i.at == endpoint::completions || i.at == endpoint::responses ||
          i.at == endpoint::messages);
}

/// Nothing: it tells nothing of the model.
std::optional<fate> fate_of(const net::call_outcome& o) {
  if (!o.sent_whole || worth_retrying(o.status)) return std::nullopt; // who is busy says nothing of its models
  if (o.error == ec::client_gone) return o.answered ? std::optional{fate::abandoned} : std::nullopt;
  if (o.error == ec::wrong_key) return std::nullopt;          // cut by the gateway: the client's key was revoked
  if (o.status >= 400 && o.status < 500) return std::nullopt; // the client's doing, or a quota's
  if (o.status >= 500 || o.failed || o.error != ec::none) return fate::failed;
  return fate::answered;
}

/// `request`: by which it is remembered.
void leave(workplace& at, const net::exchange& x, const admission& a, const catalog::deployment& d,
           const net::call_outcome& outcome, const core::uuid& request, fate how) {
  if (at.next.lessons == nullptr || a.snapshot->models.size() < 2 || a.brings_key() || !is_conversation(a.intent))
    return;
  const auto body = x.request().body;
  if (body.empty() || body.size() > learning::intake::longest_body) return;
  if (!at.next.lessons->admits(outcome.ended)) return;
  learning::served s{
      request, a.who->process_id, learning::tenant_of(*a.who), served_by(a, d, outcome.model).model->id, how, {}};
  s.full = a.who->log == core::log_level::full;
  s.body.reserve(body.size() + net::json_padding);
  s.body.append(body).append(net::json_padding, '\0');
  if (at.next.lessons->put(std::move(s))) at.unit.send(at.next.learner, atom::tick_v);
}

} // namespace

void leave_word(workplace& at, const net::exchange& x, const admission& a, const catalog::deployment& d,
                const net::call_outcome& outcome) {
  if (const auto how = fate_of(outcome)) leave(at, x, a, d, outcome, x.id(), *how);
}

void leave_word_of_unfit(workplace& at, const net::exchange& x, const admission& a, const catalog::deployment& d,
                         const net::call_outcome& outcome) {
  leave(at, x, a, d, outcome, a.cascade->dropped.back().row, fate::unfit);
}

} // namespace logos::execution
