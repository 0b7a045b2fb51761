// SPDX-License-Identifier: MIT
#pragma once
#include "actors/catalog/snapshot.hpp"
#include "core/error.hpp"
#include "core/secret.hpp"
#include "core/time.hpp"
#include "net/exchange.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace logos::storage {
class store;
}
namespace logos::alerting {
class trusted_places;
}
namespace logos::accounting {
struct use_answer;
}

namespace logos::administration {

/// The parameters behind `?`, decoded. A name given twice: the last one counts.
using query = std::map<std::string, std::string, std::less<>>;
boost::system::result<query, core::failure> parse_query(std::string_view text);
/// As the admin API takes them: each name once, each value UTF-8 without control characters.
core::failure check_query(std::string_view text);

/// What jobs are made with.
struct job_terms {
  std::chrono::microseconds lifetime{std::chrono::hours{24}}; // one that was not begun by then fails
  std::chrono::microseconds keep{std::chrono::hours{7 * 24}}; // how long files are kept that say nothing else
  bool tls = false;                                           // what clients reach the gateway by
  bool batches = true;                                        // OpenAI's are run here, and not relayed
};

/// A request for the gateway itself whose route is known.
struct call {
  net::exchange_ptr exchange;              // keeps the request's text
  catalog::snapshot_ptr snapshot;          // keeps `who`; may be null before the first catalog
  const catalog::principal* who = nullptr; // null: no key
  std::vector<std::string> path;           // what stood for the route's {…}, decoded
  query parameters;
  const core::secret_key* secret = nullptr;
  job_terms jobs;
  const alerting::trusted_places* trusted = nullptr; // where alerts may be sent beside the public internet
  core::wall_time now{};                             // when it came in
  std::string currency{};                            // that costs are in
  std::int64_t most_charted = 0;                     // requests that statistics count one by one
  std::vector<std::string> missing{};                // of a route behind the journal: what is not in the database yet

  const net::request_view& request() const { return exchange->request(); }
  /// The id in the path; a failure when it is none. `negative`: ids below 0 are some, too.
  boost::system::result<std::int64_t, core::failure> id(bool negative = false) const;
};

/// The profile that the caller speaks for: the header's, else its first; null for a root key that has none.
boost::system::result<const catalog::profile*, core::failure> chosen_profile(const call& c);

/// What an answer shows of limits and budgets that only the LEDGER knows.
struct wanted_uses {
  std::vector<std::int64_t> limits{};
  std::vector<std::int64_t> budgets{};
  /// Makes the answer's body of what was told; `unknown` says why something was not.
  std::function<std::string(const accounting::use_answer& told)> body{};
};

/// What a call came to.
struct outcome {
  net::answer answer;
  bool changed = false;    // the catalog has to be loaded anew before the answer may go out
  bool repeatable = false; // also as a POST it may be asked again: not to be answered before it is true everywhere
  bool shown_once = false; // the answer has what no other will have: it goes out whether the change is in force or not
  bool work = false;       // there is something new for JOBS
  wanted_uses uses{};      // asked of the LEDGER before the answer goes out
  core::failure refusal{}; // in place of the answer, where the caller puts it into form; its code is none otherwise
  /// When set, there is more to do, as a job of its own, so that others come in between; its outcome counts.
  std::function<outcome(storage::store& in, const call& c)> next{};
};

outcome to_outcome(int status, std::string body);
/// An RFC 9457 problem.
outcome to_problem(const core::failure& f);
/// An error in OpenAI's shape.
outcome to_openai_error(const core::failure& f);
/// With its ETag, see `tag_of`.
outcome to_entity(int status, std::string body, std::string_view tag);

/// `limit` and the id that `cursor` stands for; 0: the first page.
struct paging {
  int limit = 100;
  std::int64_t after = 0;
};
/// `most`: the highest limit. `negative`: ids below 0 are some, too.
boost::system::result<paging, core::failure> read_paging(const query& parameters, int most = 1000,
                                                         bool negative = false);
/// A parameter behind `?` that a route takes, with its JSON schema. Static storage.
struct parameter {
  std::string_view name;
  std::string_view schema = R"({"type":"string"})";
};
/// Refuses a parameter that is not in `known`, naming the nearest.
core::failure check_parameters(const query& parameters, std::span<const parameter> known);

} // namespace logos::administration
