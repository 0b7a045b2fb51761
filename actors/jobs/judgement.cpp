// SPDX-License-Identifier: MIT
#include "actors/jobs/judgement.hpp"

#include <algorithm>

namespace logos::jobs {
namespace {

using core::ec;
using storage::job_status;

constexpr std::chrono::seconds first_delay{1};
constexpr std::int64_t most_doublings = 6;

bool may_pass_later(ec code) {
  switch (code) {
  case ec::rate_limited:
  case ec::queue_full:
  case ec::queue_timeout:
  case ec::no_provider:
  case ec::storage_away:
  case ec::upstream_unreachable:
  case ec::shutting_down: return true;
  default: return false;
  }
}

} // namespace

judgement judge(const net::collected_answer& a, std::int64_t attempt) {
  judgement out;
  const auto code = a.refusal.code;
  if (code == ec::shutting_down || (may_pass_later(code) && !a.begun)) {
    out.again = true;
    if (code == ec::shutting_down) return out; // the next start, or another node, has nothing to wait for
    out.delay = a.refusal.retry_after_s != 0
                    ? std::chrono::seconds{a.refusal.retry_after_s}
                    : first_delay * (std::int64_t{1} << std::clamp<std::int64_t>(attempt - 1, 0, most_doublings));
    return out;
  }
  out.status = a.status < 400 ? job_status::success : job_status::failed;
  if (code == ec::client_gone) out.status = job_status::cancelled;
  if (out.status != job_status::failed) return out;
  out.message = code != ec::none ? core::without_quotes(a.refusal)
                                 : "the provider answered with status " + std::to_string(a.status);
  return out;
}

} // namespace logos::jobs
