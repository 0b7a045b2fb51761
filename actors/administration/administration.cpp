// SPDX-License-Identifier: MIT
#include "actors/administration/administration.hpp"

#include "actors/administration/docs_page.hpp"
#include "actors/administration/feedback.hpp"
#include "actors/administration/logosdb.hpp"
#include "actors/administration/openapi.hpp"
#include "actors/administration/provider_state.hpp"
#include "actors/administration/rights.hpp"
#include "actors/administration/trial.hpp"
#include "actors/administration/why.hpp"
#include "actors/failures.hpp"
#include "core/database_words.hpp"
#include "storage/store.hpp"

#include <algorithm>

namespace logos::administration {
namespace {

using namespace std::chrono_literals;
using core::ec;
using core::failure;

constexpr auto census_time = 3s;
constexpr auto check_time = 60s; // the store's own limits come first
constexpr auto ready_time = 2s;  // longest that a probe waits for the database
constexpr auto tokenizer_time = 60s;
constexpr auto classifier_time = 5s;
constexpr auto learner_time = 60s;                             // the store's own limits come first
constexpr std::size_t most_tokenizing = std::size_t{64} << 20; // bytes; TOKENIZER gets through some 10 MB a second

bool is_admin(const net::request_view& request) { return request.path.starts_with("/admin/"); }

/// Where the database stands is the operator's business: others read that it is away.
net::answer answer_for(const call& c, const outcome& done) {
  if (done.answer.status < 500 || administers(c) || !core::has_database_words(done.answer.body)) return done.answer;
  spdlog::warn("administration: {}", done.answer.body);
  const auto code = done.answer.status == 503 ? ec::storage_away : ec::internal;
  return refused(c.request(), {code, core::message_for_all({code, std::string{core::database_words}})}).answer;
}

failure learning_is_off() { return {ec::conflict, "Nothing is learned here: the setting learning.enabled is false."}; }

const catalog::principal* find_principal(const catalog::snapshot* in, std::int64_t process_id) {
  if (in == nullptr || process_id == 0) return nullptr;
  const auto at = std::find_if(in->principals.begin(), in->principals.end(),
                               [&](const catalog::principal& p) { return p.process_id == process_id; });
  return at == in->principals.end() ? nullptr : &*at;
}

outcome not_routed(const net::request_view& request, const routing& found) {
  const auto& allow = found.allow;
  if (allow.empty())
    return refused(request, {ec::route_not_found, "There is nothing at " + std::string{request.path.substr(0, 200)} +
                                                      ". /docs lists what there is."});
  const auto why = found.no_other.empty() ? std::string{} : " " + std::string{found.no_other};
  auto out = request.method == "OPTIONS"
                 ? to_outcome(204, {})
                 : refused(request, {ec::method_not_allowed, "This address takes " + allow + "." + why});
  out.answer.headers += "Allow: " + allow + "\r\n";
  return out;
}

outcome typed(std::string_view content_type, std::string body) {
  auto out = to_outcome(200, std::move(body));
  out.answer.content_type = content_type;
  return out;
}

} // namespace

outcome refused(const net::request_view& request, const failure& f) {
  if (is_logosdb(request)) return refuse_logosdb(request, f);
  return is_admin(request) ? to_problem(f) : to_openai_error(f);
}

storage::author author_of(const call& c) {
  return {c.who == nullptr ? 0 : c.who->process_id, c.who == nullptr ? std::string{} : c.who->name,
          std::string{c.exchange->client_address()}};
}

administration_state::administration_state(actors::self_pointer<administration_state> self,
                                           administration_options options)
    : self_{self},
      options_{std::move(options)},
      started_{options_.clock->wall()} {}

administration_state::handle::behavior_type administration_state::make_behavior() {
  return {
      [this](atom::handle, const net::exchange_ptr& x, const catalog::snapshot_ptr& snapshot, std::int64_t process_id) {
        handle_request(x, snapshot, process_id);
      },
      [this](const actors::provider_observation& seen) { seen_.insert_or_assign(seen.provider_id, seen); },
      [this](atom::tick) { tick(); },
      [this](atom::gone, const core::uuid& request) { reports_.forget(request); },
      [this](atom::status) { return self_->vitals("serving"); },
  };
}

void administration_state::handle_request(const net::exchange_ptr& x, const catalog::snapshot_ptr& snapshot,
                                          std::int64_t process_id) {
  const auto& request = x->request();
  auto found = find_route(request.method, request.path);
  if (found.to == nullptr) return x->reply(not_routed(request, found).answer);
  auto parameters = parse_query(request.query);
  if (!parameters) return x->reply(refused(request, parameters.error()).answer);
  // Elsewhere the query may be a provider's, or belong to clients that add to it what they like.
  if (request.path.starts_with("/admin/"))
    if (const auto bad = check_query(request.query); bad.code != ec::none)
      return x->reply(refused(request, bad).answer);
  auto c = std::make_shared<call>();
  c->exchange = x;
  c->snapshot = snapshot;
  c->who = find_principal(snapshot.get(), process_id);
  c->path = std::move(found.path);
  c->parameters = std::move(*parameters);
  c->secret = options_.secret.get();
  c->jobs = options_.jobs;
  c->most_charted = options_.most_charted;
  c->trusted = options_.trusted.get();
  c->now = options_.clock->wall();
  c->currency = snapshot && !snapshot->currency.empty() ? snapshot->currency : options_.currency;
  if (const auto bad = check_access(*found.to, *c, process_id); bad.code != ec::none)
    return x->reply(refused(request, bad).answer);
  // Elsewhere, what else clients send does no harm.
  if (is_admin(request) || found.to->list)
    if (const auto bad = check_parameters(c->parameters, found.to->query); bad.code != ec::none)
      return x->reply(refused(request, bad).answer);
  serve(*found.to, c);
}

failure administration_state::check_access(const route& to, const call& c, std::int64_t process_id) const {
  const bool open = to.who == access::open || (to.by == service::metrics && options_.metrics_public);
  if (open) return {};
  if (c.who == nullptr && process_id != 0) return {ec::wrong_key, "This key is not known, or not any more."};
  if (c.who == nullptr)
    return {ec::missing_key, "A Logos key is needed: send it as `Authorization: Bearer …` or as `logos-key`."};
  return administration::check_access(to.who, c);
}

void administration_state::serve(const route& to, const call_ptr& c) {
  switch (to.by) {
  case service::store:
    if (to.report) return report(to.run, c);
    return to.behind_journal ? run_behind_journal(to.run, c) : run(to.run, c);
  case service::models_list: return finish(c, list_models(*c, started_));
  case service::model_one: return finish(c, show_model(*c, started_));
  case service::health:
    return finish(
        c, show_health(c->snapshot.get(), seen_, {options_.node, options_.version, started_}, options_.clock->wall()));
  case service::ready: return check_ready(c);
  case service::metrics: return show_metrics(c);
  case service::docs: return finish(c, typed("text/html; charset=utf-8", std::string{docs_page}));
  case service::openapi: return finish(c, to_outcome(200, openapi_json(options_.version)));
  case service::actors: return show_actors(c);
  case service::nodes: return show_nodes(c);
  case service::why: return explain(c);
  case service::queue: return show_queue(c);
  case service::order: return order_model(c);
  case service::trial: return try_request(c);
  case service::feedback: return give_feedback(c);
  case service::learning: return show_learning(c);
  case service::tokenizer: return tokenize(c);
  case service::provider_state: return finish(c, show_provider_state(*c, seen_));
  case service::scheduler_state: return show_scheduler_state(c);
  case service::forward_host: return finish(c, show_forward_host(*c));
  case service::relayed: return finish(c, not_routed(c->request(), {}));
  }
}

void administration_state::finish(const call_ptr& c, const outcome& done) {
  if (done.work) self_->send(options_.find_neighbours().jobs, atom::refresh_v);
  if (done.changed) return publish(c, done);
  if (done.uses.body) return tell_use(c, done);
  c->exchange->reply(answer_for(*c, done));
}

void administration_state::show_actors(const call_ptr& c) {
  self_->request(options_.find_neighbours().census, census_time, atom::tree_v)
      .then([this, c](const std::vector<actors::actor_status>& all) { finish(c, list_actors(all)); },
            [this, c](const caf::error& e) { finish(c, to_problem(to_failure(e))); });
}

void administration_state::show_nodes(const call_ptr& c) {
  const auto nodes = options_.find_neighbours().nodes;
  if (!nodes)
    return finish(c, to_outcome(200, R"({"nodes":[{"node":)" + core::json_string(options_.node) + R"(,"version":)" +
                                         core::json_string(options_.version) + R"(,"state":"serving","self":true}]})"));
  self_->request(nodes, census_time, atom::nodes_v)
      .then([this, c](const std::string& list) { finish(c, to_outcome(200, R"({"nodes":)" + list + "}")); },
            [this, c](const caf::error& e) { finish(c, to_problem(to_failure(e))); });
}

void administration_state::explain(const call_ptr& c) {
  const auto request = core::uuid::parse(c->path.front());
  const auto explainer = options_.find_neighbours().explainer;
  if (!request || !explainer) return explain_past(c, {}); // rows of an import may have any id
  self_->request(explainer, census_time, atom::explain_v, *request)
      .then(
          [this, c](const actors::progress& p) {
            if (p.stage == static_cast<std::uint8_t>(actors::stage::none)) return explain_past(c, p.silent);
            finish(c, explain_progress(*c, p));
          },
          [this, c](const caf::error&) { explain_past(c, {options_.node}); });
}

void administration_state::explain_past(const call_ptr& c, const std::vector<std::string>& silent) {
  report([silent](storage::store& in, const call& asked) { return administration::explain_past(in, asked, silent); },
         c);
}

void administration_state::try_request(const call_ptr& c) {
  auto wish = read_trial(*c, looker_);
  if (!wish) return finish(c, to_problem(wish.error()));
  const auto asked = wish->asked;
  self_->request(options_.find_neighbours().classifier, classifier_time, asked)
      .then([this, c, t = std::move(*wish)](const actors::verdict& v) { finish(c, answer_trial(t, v)); },
            [this, c](const caf::error& e) { finish(c, to_problem(to_failure(e))); });
}

void administration_state::show_metrics(const call_ptr& c) {
  self_->request(options_.find_neighbours().ledger, census_time, atom::totals_v)
      .then([this, c](const std::vector<actors::usage_entry>& totals) { write_metrics(c, totals); },
            [this, c](const caf::error&) { write_metrics(c, {}); });
}

void administration_state::write_metrics(const call_ptr& c, const std::vector<actors::usage_entry>& totals) {
  auto text = std::make_shared<core::metrics_text>();
  text->gauge("logos_build_info", "Always 1; the version is a label.", 1,
              {{"version", options_.version}, {"node", options_.node}});
  text->gauge("logos_start_time_seconds", "When the node started, in seconds since 1970.",
              std::chrono::floor<std::chrono::seconds>(started_).time_since_epoch().count());
  for (const auto& source : options_.metrics)
    source(*text);
  add_usage(*text, totals, c->snapshot.get());
  add_providers(*text, seen_, c->snapshot.get());
  self_->request(options_.find_neighbours().census, census_time, atom::tree_v)
      .then(
          [this, c, text](const std::vector<actors::actor_status>& all) {
            add_actors(*text, all);
            finish_metrics(c, *text);
          },
          [this, c, text](const caf::error&) { finish_metrics(c, *text); });
}

void administration_state::finish_metrics(const call_ptr& c, core::metrics_text& text) {
  finish(c, typed(core::metrics_text::content_type, text.finish()));
}

void administration_state::check_ready(const call_ptr& c) {
  if (options_.draining && options_.draining()) return finish(c, to_outcome(503, R"({"status":"draining"})"));
  if (!c->snapshot) return finish(c, to_outcome(503, R"({"status":"starting","catalog_version":null})"));
  asking_ready_.push_back(c);
  if (asking_ready_.size() == 1) {
    ready_by_ = options_.clock->steady() + ready_time;
    self_->delayed_send(self_, ready_time, atom::tick_v);
  }
  // One question at a time: a database that hangs must not fill REGISTRY's mailbox.
  if (checking_) return;
  checking_ = true;
  using checked = storage::result<void>;
  actors::store_job job{[](storage::store& in) { return std::make_shared<checked>(in.check()); }};
  self_->request(options_.find_neighbours().registry, check_time, std::move(job))
      .then(
          [this](const actors::store_reply& reply) {
            checking_ = false;
            const auto& result = *std::static_pointer_cast<checked>(reply);
            database_is(result ? std::string{} : result.error().message);
          },
          [this](const caf::error& e) {
            checking_ = false;
            database_is(to_failure(e).message);
          });
}

void administration_state::tokenize(const call_ptr& c) {
  const auto size = c->request().body.size() + 1;
  if (tokenizing_ != 0 && tokenizing_ + size > most_tokenizing)
    return finish(
        c, to_openai_error({ec::queue_full, "Too many texts wait to be taken apart into tokens. Try again.", "", 1}));
  tokenizing_ += size;
  const auto to = options_.find_neighbours().tokenizer;
  self_->request(to, tokenizer_time, atom::handle_v, c->exchange, c->snapshot, c->who->process_id)
      .then([this, size] { tokenizing_ -= size; }, // it has answered
            [this, size, c](const caf::error& e) {
              tokenizing_ -= size;
              finish(c, to_openai_error(e == caf::sec::request_timeout
                                            ? failure{ec::queue_timeout, "Other texts took too long. Try again.", "", 1}
                                            : to_failure(e)));
            });
}

void administration_state::give_feedback(const call_ptr& c) {
  const auto learner = options_.find_neighbours().learner;
  if (!learner) return finish(c, refused(c->request(), learning_is_off()));
  const auto said = read_remark(*c);
  if (!said) return finish(c, refused(c->request(), said.error()));
  pass_on(c, *said);
}

void administration_state::pass_on(const call_ptr& c, const learning::remark& said) {
  self_->request(options_.find_neighbours().learner, learner_time, said)
      .then(
          [this, c, said](const learning::remark_reply& done) {
            if (done.refusal.code == ec::none) return finish(c, show_remark(*c, said, done));
            ask_others(c, said, done);
          },
          [this, c](const caf::error& e) { finish(c, refused(c->request(), to_failure(e))); });
}

void administration_state::ask_others(const call_ptr& c, const learning::remark& said,
                                      const learning::remark_reply& no) {
  const auto others = options_.find_neighbours().others;
  const bool is_first = no.unknown == said.request;
  if (no.unknown.nil() || !others || !(is_first ? said.recollected : said.recollected_other).empty())
    return finish(c, refused(c->request(), no.refusal));
  self_->request(others, census_time, atom::recollect_v, no.unknown)
      .then(
          [this, c, said, no, is_first](const std::string& packed) {
            if (packed.empty()) return finish(c, refused(c->request(), no.refusal));
            auto more = said;
            (is_first ? more.recollected : more.recollected_other) = packed;
            pass_on(c, more);
          },
          [this, c, no](const caf::error&) { finish(c, refused(c->request(), no.refusal)); });
}

void administration_state::show_learning(const call_ptr& c) {
  const auto learner = options_.find_neighbours().learner;
  if (!learner) return finish(c, refused(c->request(), learning_is_off()));
  self_->request(learner, census_time, atom::explain_v)
      .then([this, c](const std::string& known) { finish(c, to_outcome(200, known)); },
            [this, c](const caf::error& e) { finish(c, refused(c->request(), to_failure(e))); });
}

void administration_state::database_is(std::string trouble) {
  // It may be read and not be written to: a full disk, a lock that somebody holds.
  if (trouble.empty() && options_.cannot_write && options_.cannot_write())
    trouble = "it cannot be written to; rows wait in the journal";
  trouble = core::message_for_all({ec::storage_away, trouble}); // anybody may ask; CATALOG and SCRIBE log it all
  std::string detail = trouble;
  if (options_.lacks_room && options_.lacks_room()) {
    if (!detail.empty()) detail += "; ";
    detail += "the journal has no room for more: free space on the disk of data_dir. Until then bodies are left out of "
              "the log, and requests are refused (503) once there is no room for their rows";
  }
  // Requests go on without the database, and some without room, so the node stays ready, but says so.
  for (const auto& c : std::exchange(asking_ready_, {})) {
    const auto version = std::to_string(c->snapshot->version);
    const std::string database = trouble.empty() ? "up" : "away";
    finish(c, detail.empty()
                  ? to_outcome(200, R"({"status":"ready","database":"up","catalog_version":)" + version + "}")
                  : to_outcome(200, R"({"status":"degraded","database":")" + database + R"(","detail":)" +
                                        core::json_string(detail) + R"(,"catalog_version":)" + version + "}"));
  }
}

failure administration_state::to_failure(const caf::error& e) const { return actors::to_failure(self_->system(), e); }

} // namespace logos::administration
