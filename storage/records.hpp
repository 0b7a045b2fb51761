// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"
#include "core/money.hpp"
#include "core/time.hpp"
#include "core/uuid.hpp"
#include "core/vocabulary.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

/// What the journal keeps about a request. The `…_facts` are copied as they are in memory: they are trivially copyable,
/// and a new member goes to the end (an older record then reads as if it had the member's zero). Texts are views: the
/// caller's while appending, into the mapped segment when read back from a batch.
namespace logos::storage {

/// Who asked whom. An id of 0 means none.
struct request_ids {
  std::int64_t process_id = 0;
  std::int64_t profile_id = 0;
  std::int64_t policy_id = 0;
  std::int64_t provider_id = 0;
  std::int64_t model_id = 0;
  std::int64_t deployment_id = 0;
};

/// To whom the key belonged when the request came. An id of 0 means nobody.
struct request_owner {
  std::int64_t user_id = 0;
  std::int64_t service_id = 0;
  /// Not told, by a record from before records did: whoever has the key now, as in rows from that time.
  bool unknown() const { return user_id < 0; }
};
inline constexpr request_owner unknown_owner{-1, 0};

/// What the provider counted, or what was estimated. 0 means none, and is not shown in `usage_tokens`. The cached,
/// cache creation, reasoning and audio counts are parts of the prompt and completion counts, not additions.
struct token_counts {
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  std::int64_t total_tokens = 0;
  std::int64_t prompt_cached_tokens = 0;
  std::int64_t prompt_cache_creation_tokens = 0;
  std::int64_t prompt_audio_tokens = 0;
  std::int64_t completion_reasoning_tokens = 0;
  std::int64_t completion_audio_tokens = 0;
  std::int64_t audio_milliseconds = 0;
};

struct begun_facts {
  core::uuid request_id;
  core::wall_time timestamp_request{};
  core::wall_time timestamp_forwarding{};
  request_ids ids;
  std::int64_t hold_nano = 0;
  core::priority priority = core::priority_mid;
  core::traffic_mode mode = core::traffic_mode::interactive;
  core::log_level log = core::log_level::billing;
  bool stream = false;
  bool marked = false; // it is written again as its answer comes, so that what it tells is true but for the last of it
  std::uint8_t dropped = 0;  // answers of it that have rows of their own: what was written before the last one is over
  std::uint16_t attempt = 0; // counted from 1
  request_owner owner;
  std::int64_t prompt_tokens = 0;    // by the request's size
  std::int64_t prompt_cost_nano = 0; // of these; where it is not marked, only if nothing was held
  // How far its answer had come, in a record that is a mark of that.
  core::wall_time time_at_first_token{};
  core::wall_time marked_at{};
  token_counts usage; // until then, and its cost by the prices of the request
  std::int64_t cost_nano = 0;
  std::int64_t price_id = 0;
  std::int64_t rate_id = 0;
  core::uuid stored_object; // as in `finished_facts`
};

/// A permit was taken and the first byte is about to go upstream, or (a mark) some of the answer has gone to the
/// client, or the provider has refused, or the attempt has failed, or its answer was dropped.
struct begun : begun_facts {
  std::string_view dataset;
  std::string_view price_versions; // of `cost_nano` in a mark, else of what it costs without one; as in `billed`

  bool is_mark() const { return marked_at != core::wall_time{}; }
  /// It was written after `other`, of the same request, whichever is read first.
  bool is_after(const begun& other) const {
    if (attempt != other.attempt) return attempt > other.attempt;
    if (dropped != other.dropped) return dropped > other.dropped;
    const auto ours = usage.completion_tokens, theirs = other.usage.completion_tokens;
    return ours != theirs ? ours > theirs : marked_at > other.marked_at;
  }
};

struct finished_facts {
  core::uuid request_id;
  core::wall_time timestamp_request{};
  core::wall_time timestamp_forwarding{};
  core::wall_time time_at_first_token{};
  core::wall_time timestamp_response{};
  request_ids ids;
  token_counts usage;
  std::int64_t hold_nano = 0;
  std::int64_t queue_wait_us = 0;
  std::int64_t load_duration_us = 0;
  std::int64_t request_bytes = 0;
  std::int64_t response_bytes = 0;
  float utilization_at_arrival = -1; // requests in flight at the provider, as upstream has it; here and below: -1 means
                                     // not known
  std::int32_t queue_depth_at_arrival = -1;
  std::int32_t queue_depth_at_schedule = -1;
  std::int32_t timeout_s = -1;
  std::int32_t available_vram_mb = -1;
  std::int32_t azure_rate_remaining_requests = -1;
  std::int32_t azure_rate_remaining_tokens = -1;
  std::uint16_t http_status = 0;
  std::uint16_t attempts = 0;
  core::ec error = core::ec::none;
  core::result_status result = core::result_status::success;
  core::usage_source usage_source = core::usage_source::none;
  core::priority priority = core::priority_mid;
  core::priority priority_when_scheduled = 0; // 0: was not scheduled
  core::traffic_mode mode = core::traffic_mode::interactive;
  core::log_level log = core::log_level::billing;
  bool stream = false;
  bool was_cold_start = false;
  std::uint8_t spare[7]{}; // the journal writes words as they lie in memory: there must be no gap between members
  std::int64_t cost_nano = 0;
  std::int64_t price_id = 0; // the latest of the prices that it was made from
  request_owner owner;
  std::int64_t rate_id = 0; // likewise of the rates of exchange; 0: none
  // What would have been booked without the provider's count, of requests by which the two are compared; the prompt's
  // is 0: of no other.
  std::int64_t estimated_prompt_tokens = 0;
  std::int64_t estimated_completion_tokens = 0;
  /// What the provider keeps of the answer, as `core::fingerprint` of the provider and its id; nil for nearly all: it
  /// keeps nothing. It is the `owner`'s, and the process's.
  core::uuid stored_object;
};
static_assert(offsetof(finished_facts, cost_nano) == offsetof(finished_facts, spare) + sizeof finished_facts::spare);

/// What every request leaves. An empty text is NULL in the database. There is no place in it for a body, an address,
/// headers or what was read of a prompt: what is logged at BILLING is of this type, and cannot take them to STORAGE.
struct billed : finished_facts {
  std::string_view path; // as the client sent it, without the query
  std::string_view node; // the node that served the client
  std::string_view error_message;
  std::string_view dataset;
  std::string_view metadata;                  // JSON
  std::string_view classification_statistics; // JSON, without features; empty exactly when no classification ran
  std::string_view decision;                  // the short reason, as in `x-logos-decision`
  std::string_view own_counts;                // JSON: of the operator's own token types, by their ids
  /// The prices that made its cost, by ids and versions of their rows, as accounting::applied_prices writes them:
  /// `12@1 13@2*4@1`. Empty when none did.
  std::string_view price_versions;
};

/// Everything that one row of `log_entry` needs: what log level FULL keeps, too. It is empty below that.
struct finished : billed {
  std::string_view client_ip;
  std::string_view input_payload;    // JSON where possible; anything else is stored as a JSON string
  std::string_view headers;          // JSON, already redacted
  std::string_view response_payload; // like input_payload
  std::string_view features;         // JSON: what was read of the prompt; stands in classification_statistics as such
};

/// `statistics`, a JSON object, with `features` as a member; as it is when either is empty.
std::string with_features(std::string_view statistics, std::string_view features);

static_assert(std::is_trivially_copyable_v<begun_facts> && std::is_trivially_copyable_v<finished_facts>);

/// What `billed::own_counts` has, `{"100":3}`; empty for no counts.
std::string own_counts_json(std::span<const core::own_count> counts);
/// The same read back, also as a database has spelled it; what is no count is left out.
std::vector<core::own_count> read_own_counts(std::string_view json);

/// The row that stands for a request whose process died before it was finished: what is known is kept, the rest is
/// partial. It has cost what its last mark says; a stream that had none its prompt; and what comes in one piece, of
/// which nobody knows how much was written, what was held for it, or its prompt where no budget holds. Never more than
/// was held. Without a mark it has no `timestamp_response`, and is never priced anew.
finished settle_as_partial(const begun& b);

} // namespace logos::storage
