// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"

#include <boost/intrusive/list.hpp>

#include <array>
#include <chrono>
#include <cstdint>

namespace logos::net {

/// How exact the time limits of an I/O thread are.
inline constexpr std::chrono::milliseconds deadline_tick{50};

struct deadline_tag;

/// Something with a time limit. At most one limit at a time; leaves its wheel when destroyed. One I/O thread.
class deadline_entry
    : public boost::intrusive::list_base_hook<boost::intrusive::tag<deadline_tag>,
                                              boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
  /// The limit has passed. It is disarmed before the call; the entry may destroy itself.
  virtual void on_deadline() = 0;
  bool armed() const { return due_ != 0; }

protected:
  deadline_entry() = default;
  virtual ~deadline_entry() = default;
  deadline_entry(const deadline_entry&) = delete;
  deadline_entry& operator=(const deadline_entry&) = delete;

private:
  friend class deadline_wheel;
  bool filed() const { return is_linked(); }
  std::uint64_t due_ = 0;   // tick at which to call, 0: none
  std::uint64_t filed_ = 0; // tick whose slot the entry stands in
};

/// The time limits of one I/O thread: a wheel of slots that one timer turns. Pushing a limit back is one store; the
/// entry is filed anew only when its old slot comes up.
class deadline_wheel {
public:
  /// `now` is the time of tick 1.
  explicit deadline_wheel(core::steady_time now) : start_(now) {}
  /// Calls the entry after `after`, at the latest one tick later. Zero or less: at the next tick.
  void set(deadline_entry& entry, std::chrono::milliseconds after);
  static void clear(deadline_entry& entry) { entry.due_ = 0; }
  /// Calls what is due at `now`.
  void advance(core::steady_time now);
  /// No entry is filed: the timer may rest.
  bool idle() const;
  /// Sets the clock forward without calling anything; only while `idle()`.
  void skip_to(core::steady_time now) { tick_ = tick_of(now); }

private:
  static constexpr std::size_t slot_count = 256; // 12.8 s; later limits are filed at the far end and move on
  using hook = boost::intrusive::list_base_hook<boost::intrusive::tag<deadline_tag>,
                                                boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
  using slot = boost::intrusive::list<deadline_entry, boost::intrusive::base_hook<hook>,
                                      boost::intrusive::constant_time_size<false>>;

  std::uint64_t tick_of(core::steady_time now) const {
    return 1 + static_cast<std::uint64_t>((now - start_) / deadline_tick);
  }
  void file(deadline_entry& entry);

  core::steady_time start_;
  std::uint64_t tick_ = 1;
  std::array<slot, slot_count> slots_;
};

} // namespace logos::net
