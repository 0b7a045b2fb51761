// SPDX-License-Identifier: MIT
#pragma once
#include "tests/storage/store_fixture.hpp"

namespace logos::test {

/// A database in which somebody known makes the changes.
class audit_suite : public store_suite {
protected:
  audit_suite() { store_->act_as({7, "boss", "10.0.0.9"}); }

  std::vector<storage::audit_event> events(const storage::event_filter& filter = {}) {
    return take(store_->list_events(filter, 0, 1000));
  }
  storage::chain_check check(int step = 1000) {
    storage::chain_check at;
    while (!at.done)
      at = take(store_->check_events(at, step));
    return at;
  }
  storage::model new_model(const std::string& name) {
    storage::model m;
    m.name = name;
    return take(store_->create(m));
  }
};

} // namespace logos::test
