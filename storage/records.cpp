// SPDX-License-Identifier: MIT
#include "storage/records.hpp"

namespace logos::storage {

finished settle_as_partial(const begun& b) {
  finished row;
  row.request_id = b.request_id;
  row.timestamp_request = b.timestamp_request;
  row.timestamp_forwarding = b.timestamp_forwarding;
  row.ids = b.ids;
  row.owner = b.owner;
  row.hold_nano = b.hold_nano;
  row.cost_nano = b.hold_nano; // the provider may have charged all of it: a budget must not be overspent by a crash
  row.priority = b.priority;
  row.mode = b.mode;
  row.log = b.log;
  row.stream = b.stream;
  row.dataset = b.dataset;
  row.attempts = 1;
  row.error = core::ec::internal;
  row.result = core::result_status::partial;
  row.usage_source = core::usage_source::partial;
  row.error_message = "the gateway ended before the request did";
  return row;
}

} // namespace logos::storage
