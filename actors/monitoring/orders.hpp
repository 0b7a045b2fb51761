// SPDX-License-Identifier: MIT
#pragma once
#include "actors/messages.hpp"
#include "actors/monitoring/probe.hpp"
#include "core/time.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace logos::monitoring {

/// What an Ollama was ordered to load and to throw out, and how far that is. A load has ended when the server has
/// answered it; a departure when the server no longer lists the model, because its answer comes before that. Who was
/// told to leave is told again now and then: a request that others send with a `keep_alive` of its own makes it stay
/// (Ollama's bug 17408). Pure: sends nothing and knows no time but what it is given. One thread.
class orders {
public:
  /// How long the server keeps a model that nobody uses. For ever would leave the memory filled when the gateway is
  /// gone. So it is a limit, renewed at its half. What is kept already has it from its next renewal on.
  void keep_for(std::chrono::seconds keep_alive) { keep_alive_ = keep_alive; }
  /// A load may take so many times what the last one took, at least `shortest_limit`; the first one `first_limit`.
  static constexpr int load_limits = 4;
  static constexpr std::chrono::minutes shortest_limit{2};
  static constexpr std::chrono::minutes first_limit{10};
  /// A model that is still there after so many requests to leave, each after twice the time of the one before (30 s in
  /// all, if it never took long), will not leave. While another is being loaded, which may have to wait for this one,
  /// it is asked as often as at first, and to the end.
  static constexpr unsigned most_tries = 6;
  /// One that is still there after so many is kept by others: whoever ordered is told, and need not wait for it.
  static constexpr unsigned tries_before_told = 2;
  static constexpr std::chrono::milliseconds first_repeat{500};
  static constexpr std::chrono::milliseconds longest_repeat{15'000};

  /// What is to be sent where, and how long its answer may take.
  struct posting {
    std::uint64_t number = 0;
    std::string_view path; // of the server's own API
    std::string body;
    std::chrono::milliseconds at_most{0};
  };

  /// An order has come; it replaces what was ordered of the same model before. False: it is under way already.
  bool take(const actors::model_order& order, core::steady_time now);
  /// What came of a posting.
  void answered(std::uint64_t number, const probe_answer& answer, core::steady_time now);
  /// What lies in memory, by a look that began after all of the above.
  void see(std::span<const actors::loaded_model> memory, core::steady_time now);
  /// None of what is under way can be carried out.
  void give_up(const std::string& why);
  /// What is to be posted now. To be called after each of the others.
  std::vector<posting> due(core::steady_time now);

  /// When to look again for their sake; nothing if none is under way.
  std::optional<std::chrono::milliseconds> next_look() const;
  /// An order has ended, well or not, since this was asked last.
  bool take_ended() { return std::exchange(ended_, false); }
  /// Those that ended badly since this was asked last.
  std::vector<actors::failed_order> take_failed() { return std::exchange(failed_, {}); }
  /// The server lists it, or may, but it is still being loaded.
  bool is_loading(std::string_view model) const;
  /// What its last ordered load took; 0: none.
  std::int64_t load_us(std::string_view model) const;
  /// The shortest of all models' loads.
  std::optional<std::chrono::milliseconds> shortest_load() const;
  /// "loading a, unloading b", for an operator.
  std::string text() const;

private:
  struct work {
    std::string model; // as the order calls it
    bool load = true;
    core::steady_time since{};        // when the first posting went out; before that, when the order came
    std::uint64_t awaited = 0;        // the posting whose answer is not there yet
    bool before = false;              // `awaited` belongs to the departure that this load replaces
    std::uint64_t overtaken_load = 0; // the load, unanswered, that this departure replaces
    bool was_listed = false;          // when the order came
    bool is_listed = false;           // since the order came
    unsigned tries = 0;
    core::steady_time next_try{};
    std::chrono::milliseconds repeat{0};
    std::chrono::milliseconds look{0};
    std::string refusal{}; // the server's words to the last try
    bool told = false;     // that others keep it
  };
  struct known {
    std::chrono::microseconds load{0};
    std::chrono::microseconds leave{0};
    bool only_embeds = false; // as the server has said
  };
  struct kept {
    std::string model;
    core::steady_time renew_at{};
    bool seen = false; // in memory, after its load
  };
  using works = std::map<std::string, work, std::less<>>;

  posting loading(const std::string& key, const std::string& model, std::chrono::milliseconds at_most);
  void see_leaving(works::iterator at, core::steady_time now);
  bool loads() const;
  void loaded(const std::string& key, const work& w, core::steady_time now);
  works::iterator end(works::iterator at);
  works::iterator fail(works::iterator at, std::string why);
  std::chrono::milliseconds limit_of(const std::string& key) const;
  std::chrono::milliseconds leave_of(const std::string& key) const;
  std::chrono::milliseconds repeat_of(const std::string& key) const;

  // All by canonical name.
  works works_;
  std::map<std::string, known, std::less<>> known_;
  std::map<std::string, kept, std::less<>> kept_; // loaded by order, and listed since
  std::vector<std::string> listed_;               // by the last look
  std::chrono::microseconds last_leave_{0};       // of whichever model
  std::vector<actors::failed_order> failed_;
  std::chrono::seconds keep_alive_{300};
  std::uint64_t numbers_ = 0;
  bool ended_ = false;
};

} // namespace logos::monitoring
