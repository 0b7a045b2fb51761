// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/rulebook.hpp"
#include "actors/embedding/gathering.hpp"
#include "actors/embedding/setback.hpp"
#include "actors/embedding/shelf.hpp"
#include "actors/hosted.hpp"
#include "core/time.hpp"
#include "core/uuid.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace logos::embedding {

/// A request to the embedding model.
struct model_call {
  core::uuid id;
  std::int64_t process_id = 0; // whose it is
  std::string text;            // as `request_text` makes it
};

/// Has requests carried out as any client's are. Called by EMBEDDER only; outlives it.
class carrier {
public:
  virtual ~carrier() = default;
  /// Begins a call; `done` is called once, on any thread.
  virtual void begin(model_call c, std::function<void(net::collected_answer)> done) = 0;
  /// Ends a call, whose `done` then hears `why`; nothing if it has ended.
  virtual void end(const core::uuid& id, const core::failure& why) = 0;
  /// Looks after calls that were lost.
  virtual void look_after() = 0;
};

/// What the EMBEDDER is made with. Outlives it.
struct embedder_parts {
  std::shared_ptr<shelf> with = std::make_shared<shelf>();
  std::shared_ptr<carrier> runs{};
  std::shared_ptr<const classification::rulebook> rules = std::make_shared<const classification::rulebook>();
  const core::clock* clock = &core::system_clock();
};

/// The EMBEDDER: asks an operator's embedding model what prompts are about while decisions wait for it, and what is
/// said of models in the background. One per node; idle where the operator has named no such model.
class embedder {
public:
  using handle = actors::embedder_actor;
  embedder(actors::self_pointer<embedder> self, embedder_parts with);
  /// Ends what runs: nobody would hear of it.
  ~embedder();
  embedder(const embedder&) = delete;
  embedder& operator=(const embedder&) = delete;
  handle::behavior_type make_behavior();

private:
  using promise = caf::typed_response_promise<classification::told_gist>;
  using question_key = std::pair<core::uuid, std::string>; // the text, and what its writer's policy allows
  struct asked_prompt {
    question_key of;
    std::chrono::microseconds patience{};
    std::size_t remembered = 0;
    core::steady_time begun{};
    bool late = false;
    std::vector<promise> waiting{};
  };
  struct asked_texts {
    core::uuid id; // nil: none is under way
    core::steady_time begun{};
    std::int64_t space = 0;
    std::vector<std::string> texts{};
  };

  caf::result<classification::told_gist> ask(classification::wanted_gist& w);
  void follow_order();
  void fetch();
  core::uuid begin(std::int64_t process_id, std::string text);
  void on_answer(const actors::inner_answer& a);
  void on_prompt(asked_prompt p, const net::collected_answer& a);
  void on_texts(asked_texts t, const net::collected_answer& a);
  void note_failure(core::steady_time begun, const core::failure& why);
  void tick();
  void arm();
  std::string state() const;

  actors::self_pointer<embedder> self_;
  embedder_parts parts_;
  core::uuid_source ids_;
  gathering gathered_;
  setback setback_;
  std::unordered_map<core::uuid, asked_prompt, core::uuid_hash> prompts_; // by call
  std::map<question_key, core::uuid> calls_;                              // that are about them
  asked_texts texts_;
  bool armed_ = false;
};

} // namespace logos::embedding
