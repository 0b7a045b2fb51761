// SPDX-License-Identifier: MIT
#pragma once
#include "actors/execution/workplace.hpp"
#include "core/money.hpp"

namespace logos::execution {

/// What a request has reserved with the LEDGER, or has asked to: ends exactly once, with what was really used, or with
/// nothing when it is destroyed before. I/O thread only.
class hold {
public:
  hold(workplace& at, const core::uuid& request, core::nano amount);
  ~hold();
  hold(const hold&) = delete;
  hold& operator=(const hold&) = delete;

  core::nano amount() const { return amount_; }
  /// It is asked for anew, with another amount.
  void renew(core::nano amount) { amount_ = amount; }
  /// Less was reserved than was asked for.
  void spare(core::nano amount) { amount_ -= amount; }
  /// An answer that was dropped has used this: it is settled with whatever ends the request.
  void spend(std::int64_t tokens, core::nano cost);
  core::nano spent() const { return spent_; }
  /// Later calls do nothing.
  void settle(std::int64_t tokens, core::nano cost);

private:
  workplace& at_;
  core::uuid request_;
  core::nano amount_;
  std::int64_t spent_tokens_ = 0;
  core::nano spent_ = 0;
  bool open_ = true;
};

} // namespace logos::execution
