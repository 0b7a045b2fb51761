// SPDX-License-Identifier: MIT
#include "commands/staff.hpp"

#include "actors/administration/administration.hpp"
#include "actors/catalog/catalog.hpp"
#include "actors/classification/classifier.hpp"
#include "actors/execution/executor.hpp"
#include "actors/ingress/ingress.hpp"
#include "actors/monitoring/http_probe.hpp"
#include "actors/monitoring/monitor.hpp"
#include "actors/recording/keeper.hpp"
#include "actors/recording/lessons.hpp"
#include "actors/recording/registry.hpp"
#include "actors/recording/storage.hpp"
#include "actors/scheduling/scheduler.hpp"
#include "actors/supervision/supervisor.hpp"
#include "actors/tokenizing/tokenizer.hpp"
#include "commands/alerts.hpp"
#include "commands/declarations.hpp"
#include "commands/learning.hpp"
#include "commands/metrics.hpp"
#include "commands/staff_desk.hpp"
#include "commands/version.hpp"

#include <caf/scoped_actor.hpp>
#include <spdlog/spdlog.h>

#include <mutex>
#include <thread>

namespace logos::commands {
staff::staff(staff_parts parts) : parts_{std::move(parts)}, desk_{std::make_shared<handles>()} {
  supervisor_ = actors::spawn<supervision::supervisor_state>(parts_.system, who("supervisor", "supervisor", 0));
  choose_by(decision_rules_of(parts_.settings.classification));
}

staff::~staff() = default;

actors::identity staff::who(std::string name, std::string kind, std::uint32_t restarts) const {
  std::string parent = kind == "supervisor" ? "" : "supervisor";
  return {std::move(name), std::move(kind), std::move(parent), parts_.installed.node, restarts};
}

void staff::hire_back_office() {
  auto& p = parts_;
  const auto known = desk_;
  const auto open_store = [options = p.installed.store, secret = p.installed.secret] {
    return storage::open_store(options, secret);
  };
  supervise<actors::storage_actor>(
      "storage",
      [this, open_store](std::uint32_t n) {
        return actors::spawn_blocking<recording::storage_state>(
            parts_.system, who("storage", "storage", n), parts_.journal, open_store, core::system_clock(),
            parts_.figures, recording::storage_options{.courteous = true});
      },
      [known](const actors::storage_actor& h) { known->set(&handles::storage, h); });
  supervise<actors::registry_actor>(
      "registry",
      [this, open_store](std::uint32_t n) {
        return actors::spawn_blocking<recording::registry_state>(parts_.system, who("registry", "registry", n),
                                                                 open_store);
      },
      [known](const actors::registry_actor& h) { known->set(&handles::registry, h); });
  supervise<actors::registry_actor>(
      "registry/catalog", // changes wait for it, at other nodes too, and must not wait behind a report
      [this, open_store](std::uint32_t n) {
        return actors::spawn_blocking<recording::registry_state>(parts_.system, who("registry/catalog", "registry", n),
                                                                 open_store);
      },
      [known](const actors::registry_actor& h) { known->set(&handles::catalog_registry, h); });
  supervise<actors::registry_actor>(
      "registry/reports", // changes must not wait behind reports
      [this, open_store](std::uint32_t n) {
        return actors::spawn_blocking<recording::registry_state>(parts_.system, who("registry/reports", "registry", n),
                                                                 open_store);
      },
      [known](const actors::registry_actor& h) { known->set(&handles::reports_registry, h); });
  supervise<actors::registry_actor>(
      "registry/objects", // requests wait for it, and must not wait behind a report
      [this](std::uint32_t n) { return hire_registry("registry/objects", n); },
      [this, known](const actors::registry_actor& h) {
        known->set(&handles::objects_registry, h);
        tell_places([h](execution::workplace& at) { at.next.registry = h; });
      });
  supervise<recording::keeper_actor>(
      "keeper",
      [this, open_store](std::uint32_t n) {
        const auto& keep = parts_.settings.retention;
        return actors::spawn_blocking<recording::keeper_state>(
            parts_.system, who("keeper", "keeper", n), open_store, core::system_clock(), kept_,
            recording::keeper_options{.keep = {keep.billing, keep.full, keep.snapshots}});
      },
      [](const recording::keeper_actor&) {});
  supervise<actors::catalog_actor>(
      "catalog",
      [this, known](std::uint32_t n) {
        return actors::spawn<catalog::catalog_state>(parts_.system, who("catalog", "catalog", n),
                                                     known->find(&handles::catalog_registry),
                                                     catalog::catalog_options{.node = parts_.installed.node});
      },
      [this, known](const actors::catalog_actor& h) {
        known->set(&handles::catalog, h);
        if (const auto learner = known->find(&handles::learner))
          caf::anon_send(h, atom::subscribe_v, actors::follower_actor{learner});
        if (const auto node = known->find(&handles::node)) caf::anon_send(node, atom::subscribe_v, h);
        if (const auto ledger = known->find(&handles::ledger); ledger && !known->find(&handles::teller))
          caf::anon_send(h, atom::subscribe_v, actors::follower_actor{ledger});
        tell_places([h](execution::workplace& at) {
          if (at.ingress) at.unit.send(h, atom::subscribe_v, at.ingress);
        });
      });
  accounts_.find_neighbours = [known]() -> accounting::ledger_parts::neighbours {
    const std::lock_guard lock{known->mutex};
    return {known->storage, known->registry, known->alerts, known->node};
  };
  if (p.settings.cluster)
    hire_teller();
  else
    hire_ledger();
  if (p.settings.learning.enabled) hire_learner();
  supervise<actors::classifier_actor>(
      "classifier",
      [this, known](std::uint32_t n) {
        classification::classifier_parts own;
        own.rules = choice_rules_;
        own.seen = outlooks_;
        own.gists = gists_;
        own.find_embedder = [known] { return known->find(&handles::embedder); };
        if (learned_) {
          auto advice = advice_from(parts_.settings.learning, learned_);
          own.learned = std::move(advice.learned);
          own.explores = std::move(advice.explores);
        }
        return actors::spawn<classification::classifier>(parts_.system, who("classifier", "classifier", n), own);
      },
      [this, known](const actors::classifier_actor& h) {
        known->set(&handles::classifier, h);
        tell_places([h](execution::workplace& at) { at.next.classifier = h; });
      });
}

void staff::hire_alerts(const alerting::trusted_places& trusted) {
  const auto known = desk_;
  const auto own = alerts_parts_of(parts_.settings.alerts, trusted, &parts_.places.front()->thread(), alerts_shown_,
                                   [known] { return known->find(&handles::registry); });
  // A thread of its own: a name server may take its time.
  supervise<actors::alerts_actor>(
      "alerts",
      [this, own](std::uint32_t n) {
        return actors::alerts_actor{actors::spawn_blocking<alerting::alerts_state>(
            parts_.system, who("alerts", "alerts", n), own, core::system_clock())};
      },
      [known](const actors::alerts_actor& h) { known->set(&handles::alerts, h); });
}

void staff::hire_front_office() {
  const auto known = desk_;
  const alerting::trusted_places trusted{parts_.settings.alerts.allow};
  hire_alerts(trusted);
  supervise<actors::tokenizer_actor>(
      "tokenizer",
      [this](std::uint32_t n) {
        return actors::spawn_blocking<tokenizing::tokenizer>(parts_.system, who("tokenizer", "tokenizer", n));
      },
      [this, known](const actors::tokenizer_actor& h) {
        known->set(&handles::tokenizer, h);
        tell_places([h](execution::workplace& at) { at.next.tokenizer = h; });
      });
  administration::administration_options options;
  options.node = parts_.installed.node;
  options.version = version_text();
  options.secret = std::make_shared<const core::secret_key>(parts_.installed.secret);
  options.trusted = std::make_shared<const alerting::trusted_places>(trusted);
  options.metrics_public = parts_.settings.metrics.public_;
  options.currency = parts_.settings.currency;
  options.jobs.lifetime = parts_.settings.jobs.expires_after;
  options.jobs.keep = parts_.settings.jobs.keep;
  options.jobs.batches = parts_.settings.jobs.batches;
  options.jobs.tls = parts_.settings.tls.has_value();
  options.draining = [&draining = parts_.draining] { return draining.load(); };
  options.cannot_write = [&written = parts_.figures] { return written.away.load(); };
  options.lacks_room = [&journal = parts_.journal] { return journal.figures().lacks_room; };
  options.metrics =
      metrics_sources(parts_.places, parts_.figures, kept_, parts_.journal, accounts_.shown, alerts_shown_, outlooks_);
  options.metrics.push_back(wrong_key_metrics(parts_.wrong_keys));
  options.metrics.push_back(embedding_metrics(choice_rules_, gists_));
  options.outlooks = outlooks_;
  if (learned_) options.metrics.push_back(learning_metrics(learned_, lessons_));
  options.find_neighbours = [known]() -> administration::neighbours {
    const std::lock_guard lock{known->mutex};
    return {known->registry,  known->node, known->node,    known->ledger, known->node,
            known->tokenizer, known->jobs, known->node,    known->node,   known->classifier,
            known->learner,   known->node, known->storage, known->node,   known->reports_registry};
  };
  supervise<actors::administration_actor>(
      "administration",
      [this, options](std::uint32_t n) {
        return actors::spawn<administration::administration_state>(parts_.system,
                                                                   who("administration", "administration", n), options);
      },
      [this, known](const actors::administration_actor& h) {
        known->set(&handles::administration, h);
        if (const auto node = known->find(&handles::node))
          caf::anon_send(node, atom::subscribe_v, actors::observer_actor{h});
        tell_places([h](execution::workplace& at) { at.next.administration = h; });
      });
  for (const auto& place : parts_.places) {
    place->at.next.classifier =
        known->find(&handles::classifier); // before the first request: the thread does not look yet
    place->at.next.ledger = known->find(&handles::ledger);
    place->at.next.tray = accounts_.kept->coming;
    place->at.next.learner = known->find(&handles::learner);
    place->at.next.tokenizer = known->find(&handles::tokenizer);
    place->at.next.lessons = lessons_;
    place->at.next.registry = known->find(&handles::objects_registry);
    place->at.next.objects = objects_;
    seat(*place);
  }
}

void staff::seat(io_place& place) {
  const auto known = desk_;
  supervise<actors::executor_actor>(
      place.name("executor"),
      [this, &place](std::uint32_t n) {
        return actors::spawn_pinned<execution::executor>(
            parts_.system, place.unit(), who(place.name("executor"), "executor", n), place.at, core::system_clock());
      },
      [&place](const actors::executor_actor& h) {
        place.change([h](execution::workplace& at) {
          at.executor = h;
          at.unit.send(h, atom::tick_v); // begins its series of ticks
        });
      });
  supervise<actors::ingress_actor>(
      place.name("ingress"),
      [this, &place](std::uint32_t n) {
        return actors::spawn_pinned<ingress::ingress>(
            parts_.system, place.unit(), who(place.name("ingress"), "ingress", n), place.at, parts_.installed.secret,
            core::system_clock(), parts_.settings.metrics.public_);
      },
      [&place, known](const actors::ingress_actor& h) {
        place.change([h](execution::workplace& at) { at.ingress = h; });
        caf::anon_send(known->find(&handles::catalog), atom::subscribe_v, h);
        if (const auto node = known->find(&handles::node))
          caf::anon_send(node, atom::subscribe_v, place.name("ingress"), h);
      });
}

boost::system::result<void, core::failure> staff::join(std::uint16_t http_port,
                                                       std::function<void(const std::string&)> fatal) {
  const auto known = desk_;
  const auto& s = parts_.settings;
  cluster::node_parts parts;
  parts.name = parts_.installed.node;
  parts.http_listen = core::endpoint{s.listen.host, http_port}.str();
  parts.version = version_text();
  parts.supervisor = supervisor_;
  parts.catalog = known->find(&handles::catalog);
  parts.find_learner = [known] { return known->find(&handles::learner); };
  parts.find_storage = [known] { return known->find(&handles::storage); };
  parts.queue_per_model = s.limits.queue_per_model;
  parts.queue_per_key = s.limits.queue_per_key;
  for (const auto& place : parts_.places)
    parts.ingresses.push_back(place->name("ingress"));
  const auto shown = outlooks_;
  parts.outlooks = shown;
  for (const auto& place : parts_.places)
    place->change([shown](execution::workplace& at) { at.outlooks = shown; });
  parts.make.scheduler = [&system = parts_.system, known, shown](const actors::identity& id,
                                                                 const actors::provider_terms& terms,
                                                                 std::shared_ptr<const scheduling::lease> right) {
    const auto made =
        actors::spawn<scheduling::scheduler>(system, id, terms, std::move(right), core::system_clock(), shown);
    if (const auto registry = known->find(&handles::registry))
      caf::anon_send(registry, recording::recalling(terms.provider_id, [made](actors::provider_experience before) {
                       caf::anon_send(made, std::move(before));
                     }));
    return actors::scheduler_actor{made};
  };
  parts.make.monitor = [&system = parts_.system, known, io = net::io_thread_ptr{&parts_.places.front()->thread()}](
                           const actors::identity& id, std::int64_t provider, const catalog::snapshot_ptr& snapshot,
                           std::vector<actors::observer_actor> observers) {
    monitoring::audience told;
    told.changes = std::move(observers);
    told.recorder = [known] { return actors::recorder_actor{known->find(&handles::storage)}; };
    const auto probe = [io](const catalog::provider& p) -> std::unique_ptr<monitoring::probe> {
      return monitoring::http_probe::make(io, p);
    };
    return actors::monitor_actor{actors::spawn<monitoring::monitor>(system, id, snapshot, provider, probe,
                                                                    std::move(told), core::system_clock())};
  };
  if (s.cluster) {
    cluster::cluster_parts c;
    c.name = s.cluster->name;
    c.listen = s.cluster->listen;
    c.advertise = s.cluster->advertise;
    c.tls = s.cluster->tls.has_value();
    c.config_revision = static_cast<std::int64_t>(s.config_revision);
    c.fatal = fatal;
    cluster_registry_ = hire_registry("registry/cluster");
    c.registry = cluster_registry_;
    parts.make.ledger = [&system = parts_.system, own = accounts_](const actors::identity& id,
                                                                   std::shared_ptr<const scheduling::lease> right) {
      auto fresh = own;
      fresh.kept = std::make_shared<accounting::accounts>(); // the TELLERs say what is reserved
      fresh.right = std::move(right);
      return actors::ledger_actor{
          actors::spawn<accounting::ledger_state>(system, id, std::move(fresh), core::system_clock())};
    };
    parts.cluster = std::move(c);
  }
  parts.sole = sole_parts_of(parts.http_listen, fatal);
  auto node = cluster::start_node(parts_.system, std::move(parts));
  if (!node) return node.error();
  node_ = *node;
  cluster::when_dead(node_, fatal);
  known->set(&handles::node, node_);
  caf::anon_send(node_, atom::subscribe_v, actors::observer_actor{known->find(&handles::administration)});
  if (const auto teller = known->find(&handles::teller)) caf::anon_send(node_, atom::subscribe_v, teller);
  for (const auto& place : parts_.places)
    place->change([node = node_, name = place->name("ingress")](execution::workplace& at) {
      if (at.ingress) at.unit.send(node, atom::subscribe_v, name, at.ingress);
    });
  return {};
}

bool staff::wait_for_routes(const catalog::snapshot_ptr& snapshot, std::chrono::milliseconds at_most) {
  std::vector<std::int64_t> wanted;
  for (const auto& d : snapshot->deployments)
    wanted.push_back(d.provider->id);
  const auto until = std::chrono::steady_clock::now() + at_most;
  for (const auto& place : parts_.places) {
    for (bool ready = false; !ready;) {
      auto answer = std::make_shared<std::promise<bool>>();
      auto known = answer->get_future();
      place->change([answer, wanted](execution::workplace& at) {
        answer->set_value(
            std::all_of(wanted.begin(), wanted.end(), [&](std::int64_t id) { return at.schedulers.contains(id); }));
      });
      if (known.wait_until(until) != std::future_status::ready) return false;
      ready = known.get();
      if (!ready && std::chrono::steady_clock::now() >= until) return false;
      if (!ready) std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
  }
  return true;
}

bool staff::refresh(std::chrono::milliseconds at_most) {
  bool done = false;
  caf::scoped_actor self{parts_.system};
  self->request(node_, at_most, atom::refresh_v).receive([&](std::uint64_t) { done = true; }, [](const caf::error&) {});
  return done;
}

void staff::leave(std::chrono::milliseconds at_most) {
  caf::anon_send(supervisor_, atom::retire_v, std::string{"embedder"}); // it ends its calls, which are booked then
  if (node_) cluster::stop_node(parts_.system, node_, at_most);
  caf::scoped_actor self{parts_.system};
  if (const auto storage = desk_->find(&handles::storage))
    self->request(storage, std::chrono::seconds{15}, atom::flush_v)
        .receive(
            [](std::uint64_t left) {
              if (left != 0) spdlog::warn("storage: rows stay in the journal; the next start writes them");
            },
            [](const caf::error&) {});
}

void staff::dismiss() {
  for (auto at = names_.rbegin(); at != names_.rend(); ++at)
    caf::anon_send(supervisor_, atom::retire_v, *at);
  actors::stop_now(node_);
  actors::stop_now(cluster_registry_);
  cluster_registry_ = nullptr;
  caf::scoped_actor self{parts_.system};
  // Answered after the retirements before it.
  self->request(supervisor_, std::chrono::seconds{5}, atom::tree_v)
      .receive([](const std::vector<actors::actor_status>&) {}, [](const caf::error&) {});
  actors::stop_now(supervisor_);
  supervisor_ = nullptr;
  node_ = nullptr;
  desk_.reset();
}

} // namespace logos::commands
