// SPDX-License-Identifier: MIT
#include "actors/recording/storage.hpp"

#include "actors/recording/lessons.hpp"

namespace logos::recording {
namespace {

// Between two slices of a long backlog the mailbox is looked at.
constexpr std::chrono::milliseconds slice_time{200};

storage::provider_snapshot to_snapshot(const actors::provider_observation& seen, core::wall_time now) {
  storage::provider_snapshot out;
  out.provider_id = seen.provider_id;
  out.snapshot_ts = now;
  out.total_models_loaded = static_cast<std::int32_t>(seen.loaded_models.size());
  out.total_vram_used_bytes = static_cast<std::int64_t>(seen.vram_used_bytes);
  out.loaded_models = "[";
  for (const auto& model : seen.loaded_models) {
    out.loaded_models.append(out.loaded_models.size() > 1 ? "," : "").append(R"({"name":)");
    out.loaded_models.append(core::json_string(model.name)).append(R"(,"size_vram":)");
    out.loaded_models.append(std::to_string(model.vram_bytes)).append(R"(,"size_vram_mb":)");
    out.loaded_models.append(std::to_string(model.vram_bytes >> 20)).append(R"(,"expires_at":)");
    const auto ends = now + std::chrono::microseconds{model.expires_in_us};
    out.loaded_models.append(model.expires_in_us < 0 ? "null" : core::json_string(core::to_iso8601(ends))) += '}';
  }
  out.loaded_models += ']';
  out.poll_success = seen.reachable;
  if (!seen.reachable) out.error_message = seen.detail;
  return out;
}

} // namespace

storage_state::storage_state(actors::self_pointer<storage_state> self, storage::journal& journal, store_factory open,
                             const core::clock& clock, figures& shown, storage_options options)
    : self_{self},
      clock_{clock},
      options_{options},
      metronome_{self, options.interval},
      scribe_{journal, std::move(open), clock, shown, courtesy{options.courteous}} {}

storage_state::handle::behavior_type storage_state::make_behavior() {
  metronome_.rearm();
  return {
      [this](atom::tick) { tick(); },
      [this](atom::flush) { return scribe_.flush(options_.flush_time); },
      [this](const actors::provider_observation& seen) { observe(seen); },
      [this](const actors::provider_experience& x) { scribe_.keep(to_rows(x)); },
      [this](atom::status) { return status(); },
  };
}

void storage_state::tick() {
  metronome_.rearm();
  if (scribe_.write(slice_time)) self_->send(self_, atom::tick_v);
}

void storage_state::observe(const actors::provider_observation& seen) {
  scribe_.keep(to_snapshot(seen, clock_.wall()));
}

actors::actor_status storage_state::status() const {
  if (scribe_.trouble().empty()) return self_->vitals("writing");
  return self_->vitals("database away, rows wait in the journal: " + scribe_.trouble());
}

} // namespace logos::recording
