// SPDX-License-Identifier: MIT
#include "actors/jobs/round.hpp"

#include "actors/jobs/batch_work.hpp"

namespace logos::jobs {
namespace {

storage::result<bool> write(storage::job_store& in, const ended_run& e) {
  if (e.verdict.again) return in.put_back(e.job_id, e.run, e.verdict.delay);
  const auto& a = *e.answer;
  return in.end(e.job_id, {e.run, e.verdict.status, a.status, a.content_type, a.body, e.verdict.message});
}

} // namespace

round_report hold_round(storage::store& in, const round_plan& plan) {
  round_report out;
  auto& jobs = in.jobs();
  const auto fails = [&out](const auto& outcome) {
    if (!outcome) out.trouble = outcome.error();
    return !outcome;
  };
  for (const auto& e : plan.ended) {
    // What the database refuses for good must not stop what comes after it.
    if (const auto done = write(jobs, e); !done && done.error().code == core::ec::storage_away) {
      out.trouble = done.error();
      return out;
    }
    ++out.written;
  }
  if (plan.sweep && (fails(jobs.forget(plan.keep)) || fails(in.batches().forget(plan.keep)))) return out;
  const auto batches = advance_batches(in);
  if (!batches && batches.error().code == core::ec::storage_away) {
    out.trouble = batches.error();
    return out;
  }
  if (batches)
    out.more = *batches;
  else
    out.trouble = batches.error(); // of one batch; jobs go on
  const auto open = jobs.any_open();
  if (fails(open)) return out;
  out.open = *open;
  if (!out.open) {
    out.held_known = true;
    return out;
  }
  const storage::job_runner who{plan.node, plan.incarnation};
  auto held = jobs.renew(who, plan.lease);
  if (fails(held)) return out;
  out.held = std::move(*held);
  out.held_known = true;
  if (fails(jobs.take_over(who, plan.alone)) || fails(jobs.expire())) return out;
  auto claimed = jobs.claim(who, plan.slots, plan.lease);
  if (fails(claimed)) return out;
  out.claimed = std::move(*claimed);
  return out;
}

core::failure recover(storage::store& in, const spool& from) {
  for (auto& found : from.load()) {
    const auto verdict = judge(found.answer, 1);
    const ended_run e{found.job_id, found.run, verdict,
                      std::make_shared<const net::collected_answer>(std::move(found.answer))};
    if (const auto done = write(in.jobs(), e); !done && done.error().code == core::ec::storage_away)
      return done.error();
    from.forget(e.job_id, e.run);
  }
  return {};
}

} // namespace logos::jobs
