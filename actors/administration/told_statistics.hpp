// SPDX-License-Identifier: MIT
#pragma once
#include <string>
#include <string_view>

namespace logos::administration {

/// `classification_statistics` as answers show it: where what was read of the prompt is not in it, `features` is null,
/// and `features_missing` says why, unless `unread` does. What is no decision of ours (an import's) is left as it is.
/// Pure.
std::string tell_statistics(std::string_view statistics);

} // namespace logos::administration
