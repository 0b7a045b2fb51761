// SPDX-License-Identifier: MIT
#include "commands/gateway.hpp"

#include "actors/catalog/build.hpp"
#include "actors/recording/scribe.hpp"
#include "cluster/node.hpp"
#include "commands/declarations.hpp"
#include "commands/staff.hpp"
#include "net/port_probe.hpp"
#include "net/tls.hpp"

#include <caf/scoped_actor.hpp>
#include <spdlog/spdlog.h>

#include <thread>

namespace logos::commands {

using boost::system::result;
using core::ec;
using core::failure;

namespace {

constexpr std::chrono::seconds answer_time{20};

/// The addresses of a setting; a name stands for its addresses.
result<std::vector<boost::asio::ip::tcp::endpoint>, failure> addresses_of(const core::endpoint& listen) {
  boost::system::error_code error;
  boost::asio::io_context context;
  boost::asio::ip::tcp::resolver resolver{context};
  std::vector<boost::asio::ip::tcp::endpoint> out;
  for (const auto& found :
       resolver.resolve(listen.host, std::to_string(listen.port), boost::asio::ip::resolver_base::passive, error))
    out.push_back(found.endpoint());
  if (out.empty())
    return failure{ec::bad_field, "listen: cannot resolve '" + listen.host + "': " + error.message(), "listen"};
  return out;
}

unsigned thread_count(const config::settings& s) {
  return s.io_threads != 0 ? s.io_threads : std::max(1U, std::thread::hardware_concurrency());
}

execution::house_rules rules_of(const config::settings& s, const std::string& node,
                                const std::shared_ptr<execution::visitors>& visitors,
                                const std::shared_ptr<execution::wrong_keys>& wrong_keys) {
  return {call_limits_of(s.limits),
          s.limits.queue_wait,
          s.limits.heartbeat,
          node,
          s.usage_cost ? s.currency : std::string{},
          s.jobs.batches,
          s.passthrough ? visitors : nullptr,
          wrong_keys};
}

std::string run_name(const std::string& node) {
  core::uuid_source ids{core::random_seed()};
  auto name = node + "-" + ids.next(core::system_clock().wall()).str();
  for (char& c : name)
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) c = '-';
  return name;
}

} // namespace

gateway::gateway(config::settings settings, std::string config_file, installation installed)
    : settings_{std::move(settings)},
      config_file_{std::move(config_file)},
      installed_{std::move(installed)},
      visitors_{std::make_shared<execution::visitors>(settings_.limits.queue_per_key)},
      wrong_keys_{std::make_shared<execution::wrong_keys>(settings_.limits.wrong_keys, core::system_clock(),
                                                          [](const std::string& text) { spdlog::warn("{}", text); })} {}

gateway::~gateway() {
  if (!stopped_) stop(std::chrono::milliseconds{0});
}

result<std::unique_ptr<gateway>, failure> gateway::start(config::settings settings, std::string config_file,
                                                         const std::function<void(const std::string&)>& say,
                                                         std::function<void(const std::string&)> fatal) {
  auto addresses = addresses_of(settings.listen);
  if (!addresses) return addresses.error();
  for (const auto& address : *addresses) // before anything is made that this start would have to show
    if (address.port() != 0)
      if (auto taken = net::port_taken(address)) return failure{ec::conflict, *taken, "listen"};
  auto installed = prepare(settings, config_file, say);
  if (!installed) return installed.error();
  std::unique_ptr<gateway> node{new gateway{std::move(settings), std::move(config_file), std::move(*installed)}};
  if (auto opened = node->open(say, std::move(fatal)); !opened) return opened.error();
  return node;
}

result<void, failure> gateway::open(const std::function<void(const std::string&)>& say,
                                    std::function<void(const std::string&)> fatal) {
  auto journal = storage::journal::open({installed_.directory.path() / "journal", run_name(installed_.node)});
  if (!journal) return journal.error();
  journal_ = std::move(*journal);

  if (settings_.cluster) {
    std::optional<cluster::tls_files> tls;
    if (const auto& given = settings_.cluster->tls) tls = {given->certificate, given->key, given->ca};
    cluster::configure(caf_settings_, {}, tls);
  }
  system_ = std::make_unique<caf::actor_system>(caf_settings_);
  staff_ = std::make_unique<staff>(
      staff_parts{*system_, settings_, installed_, *journal_, figures_, draining_, places_, wrong_keys_});

  auto addresses = addresses_of(settings_.listen);
  if (!addresses) return addresses.error();
  net::server_settings server;
  server.listen = std::move(*addresses);
  server.threads = thread_count(settings_);
  if (settings_.tls) {
    server.certificate_file = settings_.tls->certificate;
    server.key_file = settings_.tls->key;
  }
  server.http = http_settings_of(settings_, server.threads);
  server_ = std::make_unique<net::server>(std::move(server));

  const auto writers = find_writers(static_cast<unsigned>(server_->threads().size()), say);
  if (!writers) return writers.error();
  staff_->hire_back_office();
  const auto built = catalog::build_snapshot(installed_.catalog, installed_.node);
  for (const auto& complaint : built.complaints)
    say(complaint);
  const auto& first = built.snapshot;
  const auto wrong = server_->open([&](net::io_thread& thread) -> std::unique_ptr<net::request_handler> {
    auto& place = *places_.emplace_back(std::make_unique<io_place>(
        *system_, thread, *writers->at(places_.size()), rules_of(settings_, installed_.node, visitors_, wrong_keys_)));
    place.at.snapshot = first;
    return place.handler(installed_.secret);
  });
  if (wrong) return failure{ec::conflict, *wrong, "listen"};
  staff_->hire_front_office();
  if (auto joined = staff_->join(server_->port(), std::move(fatal)); !joined) return joined.error();
  if (!staff_->wait_for_routes(first, answer_time)) say("Not every provider has a SCHEDULER yet; going on.");
  staff_->hire_embedder();
  server_->start_accepting();
  staff_->begin_jobs();
  return {};
}

result<std::vector<storage::journal_writer*>, failure>
gateway::find_writers(unsigned threads, const std::function<void(const std::string&)>& say) {
  std::vector<storage::journal_writer*> found;
  for (bool drained = false; found.size() < threads;) {
    if (const auto writer = journal_->new_writer()) {
      found.push_back(*writer);
    } else if (drained) {
      return writer.error();
    } else {
      drained = true;
      say("The journal has no room: what the last run has left there goes into the database first.");
      if (const auto why = write_former_rows(); !why.empty())
        return failure{ec::storage_away,
                       writer.error().message +
                           " What the last run has left there could not be written to the database: " + why};
    }
  }
  return found;
}

std::string gateway::write_former_rows() {
  const auto open_store = [this] { return storage::open_store(installed_.store, installed_.secret); };
  recording::scribe former{*journal_, open_store, core::system_clock(), figures_};
  while (former.write(std::chrono::seconds{1})) {
  }
  return former.trouble();
}

std::vector<std::string> gateway::reload(const config::settings& fresh) {
  std::vector<std::string> told;
  auto store = storage::open_store(installed_.store, installed_.secret);
  const auto warnings =
      store ? sync(**store, fresh, config_file_) : storage::result<std::vector<std::string>>{store.error()};
  if (!warnings) {
    told.push_back("The new configuration could not be brought into the database and is not in force: " +
                   warnings.error().message);
    return told;
  }
  told.insert(told.end(), warnings->begin(), warnings->end());
  settings_ = fresh;
  wrong_keys_->allow(fresh.limits.wrong_keys);
  staff_->choose_by(decision_rules_of(fresh.classification));
  for (const auto& place : places_)
    place->change([rules = rules_of(fresh, installed_.node, visitors_, wrong_keys_)](execution::workplace& at) {
      at.rules = rules;
    });
  if (auto wrong = server_->reload_tls()) told.push_back("The old certificate stays in use: " + *wrong);
  if (!staff_->refresh(answer_time)) told.push_back("Not every part of the gateway has confirmed the new catalog yet.");
  return told;
}

bool gateway::stop(std::chrono::milliseconds limit) {
  if (stopped_) return true;
  stopped_ = true;
  draining_ = true;
  bool whole = true;
  std::future<bool> jobs_ended;
  if (staff_) jobs_ended = staff_->drain_jobs(limit);
  if (server_) {
    for (const auto& place : places_) {
      // Its INGRESS may be dead just now: the next one reads it, too.
      place->change([](execution::workplace& at) { at.draining = true; });
    }
    whole = server_->drain(limit);
    // What is cut off is booked before STORAGE flushes.
    if (!whole) server_->close_connections();
  }
  if (jobs_ended.valid()) jobs_ended.wait();
  if (staff_) staff_->leave(std::chrono::seconds{3});
  if (server_) server_->stop();
  if (staff_) staff_->dismiss();
  for (const auto& place : places_)
    place->close();
  staff_.reset();
  system_.reset(); // waits for the last actor
  server_.reset();
  return whole;
}

} // namespace logos::commands
