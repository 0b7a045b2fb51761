// SPDX-License-Identifier: MIT
#pragma once
#include "actors/catalog/snapshot.hpp"
#include "actors/classification/scoring/gist.hpp"
#include "actors/classification/selection.hpp"
#include "actors/learning/remark.hpp"
#include "net/collected_answer.hpp"
#include "net/exchange.hpp"
#include "net/model_names.hpp"

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace logos::storage {
class store;
}

/// What crosses only between actors of one process.
namespace logos::actors {

/// What the CLASSIFIER is asked. `snapshot` keeps `profile` and `who` alive, `exchange` keeps `body`: whoever drops its
/// last reference need not be on its I/O thread.
struct question {
  core::uuid request;
  catalog::snapshot_ptr snapshot;
  const catalog::principal* who = nullptr;
  const catalog::profile* profile = nullptr;
  classification::policy_ptr policy{}; // may be null
  std::string model;                   // empty: choose
  std::int64_t provider_id = 0;        // the client insists on this provider, 0 = it does not
  core::needs needs{};
  net::exchange_ptr exchange{};    // may be null when there is no body
  std::string_view body{};         // as it came, net::json_padding readable bytes after it; empty: none that is JSON
  std::uint32_t tokens = 0;        // estimate, prompt and answer
  std::uint32_t prompt_tokens = 0; // of them
  core::wall_time received{};
  std::uint32_t shown = most_shown;    // candidates that the statistics tell of
  classification::petition petition{}; // what `policy` was made from, for the statistics
  static constexpr std::uint32_t most_shown = 50;
};

/// What the CLASSIFIER answers.
struct verdict {
  core::uuid request;
  classification::selection found;
};

/// What came of judging a batch that a request hands in to a provider. The catalog of the question keeps `providers`.
struct batch_verdict {
  core::uuid request;
  std::size_t bytes = 0; // of the request's body
  core::failure why{};   // code none: it may go
  std::vector<net::model_name> models{};
  std::vector<const catalog::provider*> providers{}; // that may get it
};

/// Work that takes as long as a client's text is long, for TOKENIZER's thread. `run` tells by itself whom it concerns,
/// also when it is destroyed without having been called.
struct long_task {
  std::function<void()> run;
};

/// Work for STORAGE's registry thread; `run` may block and returns what the asker understands.
struct store_job {
  std::function<std::shared_ptr<void>(storage::store&)> run;
};
using store_reply = std::shared_ptr<void>;

/// What a run of a job came to.
struct job_answer {
  core::uuid run;
  std::shared_ptr<const net::collected_answer> answer;
};

/// What a request of the EMBEDDER's came to.
struct inner_answer {
  core::uuid run;
  std::shared_ptr<const net::collected_answer> answer;
};

/// How to make an actor again. Runs in the SUPERVISOR.
struct recipe {
  std::string name;
  std::function<caf::actor(std::uint32_t restarts)> make;
  std::function<void(const caf::actor&)> publish; // called with each new handle, may be empty
};

} // namespace logos::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(logos::net::exchange_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(logos::catalog::snapshot_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(logos::actors::question)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(logos::actors::verdict)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(logos::actors::batch_verdict)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(logos::actors::long_task)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(logos::actors::store_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(logos::actors::store_reply)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(logos::actors::job_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(logos::actors::inner_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(logos::classification::wanted_gist)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(logos::classification::told_gist)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(logos::actors::recipe)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(logos::learning::remark)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(logos::learning::remark_reply)
