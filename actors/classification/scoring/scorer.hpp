// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/scoring/balance.hpp"
#include "actors/classification/scoring/conversation.hpp"

#include <boost/system/result.hpp>

#include <span>
#include <string_view>
#include <vector>

namespace logos::classification {

/// A question, read once: what it looks like and what it is about. Scoring and learning both need it.
struct reading {
  conversation text{}; // good until the scorer reads again
  features shape{};
  embedding about{};
};

/// A whole decision: a body is read, and the candidates are ranked. Keeps its working memory; one per thread.
class scorer {
public:
  /// `body` must have net::json_padding readable bytes after its end. Fails with ec::bad_json.
  boost::system::result<reading, core::failure> read(std::string_view body, const encoder& with);
  /// The same for a body without readable bytes after it: copies.
  boost::system::result<reading, core::failure> read_copying(std::string_view body, const encoder& with);

  /// The candidates, best first (see `rank`). `asked` is what was read last. `by`: see `knowledge::examine`.
  std::vector<ranked> score(const knowledge& known, const reading& asked, std::span<const candidate> candidates,
                            const balance& weights, const wanted_weights& wanted = {}, std::string_view topic = {},
                            const other_view* by = nullptr);

private:
  conversation_reader reader_;
  knowledge::findings found_;
};

} // namespace logos::classification
