// SPDX-License-Identifier: MIT
#include "actors/failures.hpp"
#include "actors/recording/lessons.hpp"
#include "actors/recording/storage.hpp"
#include "tests/actors/sqlite_system.hpp"

#include <sqlite3.h>

namespace logos::tests {
namespace {

using namespace std::chrono_literals;

class recording_test : public sqlite_system {
protected:
  recording_test() {
    journal_ = *storage::journal::open({folder_ / "journal", "run-1"});
    writer_ = *journal_->new_writer();
  }
  ~recording_test() override {
    for (auto& actor : storages_)
      kill(actor);
    storages_.clear();
  }
  actors::storage_actor start() {
    storages_.push_back(host<recording::storage_state>("storage", std::ref(*journal_), opener(), std::cref(clock()),
                                                       std::ref(figures_), recording::storage_options{}));
    return storages_.back();
  }
  void finish_requests(std::uint64_t from, std::uint64_t to, std::string_view body = {}) {
    for (auto n = from; n < to; ++n) {
      storage::finished row;
      row.request_id = core::uuid::from_halves(0x7000, n);
      row.timestamp_request = clock().wall();
      row.http_status = 200;
      if (!body.empty()) row.log = core::log_level::full;
      row.input_payload = body;
      ASSERT_TRUE(writer_->append(row));
    }
  }
  std::size_t rows() { return store().list_requests({}, "", 1000)->rows.size(); }

  std::unique_ptr<storage::journal> journal_;
  storage::journal_writer* writer_ = nullptr;
  recording::figures figures_;
  std::vector<actors::storage_actor> storages_;
};

TEST_F(recording_test, rows_are_in_the_database_within_a_tick) {
  start();
  finish_requests(0, 10);
  EXPECT_EQ(rows(), 0U);
  advance(200ms);
  EXPECT_EQ(rows(), 10U);
  EXPECT_EQ(figures_.rows_written, 10U);
}

TEST_F(recording_test, a_flush_writes_everything_at_once) {
  const auto storage = start();
  finish_requests(0, 25);
  EXPECT_EQ(ask<std::uint64_t>(storage, atom::flush_v), 0U);
  EXPECT_EQ(rows(), 25U);
}

TEST_F(recording_test, a_flush_writes_everything_however_many_batches_it_takes) {
  const auto storage = start();
  finish_requests(0, 2500);
  EXPECT_EQ(ask<std::uint64_t>(storage, atom::flush_v), 0U);
  EXPECT_EQ(figures_.rows_written, 2500U);
  // 40 MB: a batch has no more than 16 MiB.
  finish_requests(2500, 2580, std::string(500'000, 'x'));
  EXPECT_EQ(ask<std::uint64_t>(storage, atom::flush_v), 0U);
  EXPECT_EQ(figures_.rows_written, 2580U);
}

TEST_F(recording_test, a_flush_after_a_restart_writes_everything_that_was_left) {
  finish_requests(0, 80, std::string(500'000, 'x'));
  journal_.reset();
  journal_ = *storage::journal::open({folder_ / "journal", "run-2"});
  writer_ = *journal_->new_writer();
  const auto storage = start();
  EXPECT_EQ(ask<std::uint64_t>(storage, atom::flush_v), 0U);
  EXPECT_EQ(figures_.rows_written, 80U);
}

TEST_F(recording_test, extra_ticks_do_not_make_more_series_of_them) {
  const auto storage = start();
  for (int i = 0; i < 50; ++i)
    tell(storage, atom::tick_v);
  const auto before = ask<actors::actor_status>(storage, atom::status_v).messages;
  advance(1500ms);
  EXPECT_LE(ask<actors::actor_status>(storage, atom::status_v).messages - before, 12U);
}

TEST_F(recording_test, a_database_that_is_away_at_the_start_delays_rows_and_loses_none) {
  away_ = true;
  const auto storage = start();
  finish_requests(0, 10);
  advance(60s);
  EXPECT_TRUE(figures_.away);
  EXPECT_NE(ask<actors::actor_status>(storage, atom::status_v).state.find("away"), std::string::npos);
  finish_requests(10, 30);
  away_ = false;
  advance(6s);
  EXPECT_EQ(rows(), 30U);
  EXPECT_FALSE(figures_.away);
  EXPECT_EQ(ask<actors::actor_status>(storage, atom::status_v).state, "writing");
}

TEST_F(recording_test, a_database_that_is_back_is_not_called_away_because_nobody_asks_anything) {
  away_ = true;
  start();
  advance(1s);
  EXPECT_TRUE(figures_.away);
  away_ = false;
  advance(6s);
  EXPECT_FALSE(figures_.away) << "there is no row to show it";
}

TEST_F(recording_test, a_batch_that_cannot_be_written_is_written_again) {
  const auto storage = start();
  finish_requests(0, 5);
  advance(200ms);
  sqlite3* rival = nullptr;
  ASSERT_EQ(sqlite3_open((folder_ / "logos.db").c_str(), &rival), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(rival, "begin exclusive", nullptr, nullptr, nullptr), SQLITE_OK);
  finish_requests(5, 10);
  EXPECT_EQ(ask<std::uint64_t>(storage, atom::flush_v), 5U);
  EXPECT_GE(figures_.failures, 1U);
  EXPECT_TRUE(figures_.away) << "it can be read all the same";
  sqlite3_exec(rival, "commit", nullptr, nullptr, nullptr);
  sqlite3_close(rival);
  advance(6s);
  EXPECT_EQ(rows(), 10U);
  EXPECT_EQ(figures_.rows_written, 10U) << "none twice";
  EXPECT_FALSE(figures_.away);
}

TEST_F(recording_test, a_storage_that_is_made_again_goes_on_where_the_last_one_stopped) {
  const auto first = start();
  finish_requests(0, 5);
  advance(200ms);
  finish_requests(5, 8);
  kill(first);
  start();
  advance(1s);
  EXPECT_EQ(rows(), 8U);
  EXPECT_EQ(figures_.rows_written, 8U);
}

TEST_F(recording_test, what_a_monitor_saw_is_written_with_the_next_tick) {
  storage::provider p;
  p.name = "gpu";
  p.base_url = "http://127.0.0.1:1";
  const auto made = store().create(p);
  ASSERT_TRUE(made);
  const auto storage = start();
  actors::provider_observation seen;
  seen.provider_id = made->id;
  seen.reachable = true;
  seen.loaded_models = {{.name = "a", .vram_bytes = 3U << 20, .expires_in_us = 60'000'000}, {.name = "b"}};
  tell(storage, seen);
  advance(200ms);
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open((folder_ / "logos.db").c_str(), &db), SQLITE_OK);
  std::string row;
  sqlite3_exec(
      db,
      "select total_models_loaded || ' ' || json_extract(loaded_models, '$[0].name') || ' ' ||"
      " json_extract(loaded_models, '$[0].size_vram_mb') || ' ' || json_extract(loaded_models, '$[0].expires_at') ||"
      " ' ' || coalesce(json_extract(loaded_models, '$[1].expires_at'), 'none') from ollama_provider_snapshots",
      [](void* to, int, char** values, char**) { return *static_cast<std::string*>(to) = values[0], 0; }, &row,
      nullptr);
  sqlite3_close(db);
  EXPECT_TRUE(row.starts_with("2 a 3 2026-01-01T")) << row;
  EXPECT_TRUE(row.ends_with(" none")) << row;
}

TEST_F(recording_test, what_was_learned_is_written_now_and_then_and_whole_when_flushed_and_read_again) {
  storage::provider p;
  p.name = "gpu";
  p.base_url = "http://127.0.0.1:1";
  p = *store().create(p);
  storage::model m;
  m.name = "gemma";
  m = *store().create(m);
  storage::deployment d;
  d.model_id = m.id;
  d.provider_id = p.id;
  d = *store().create(d);
  const auto learned = [&](std::uint64_t calls) {
    return actors::provider_experience{
        p.id,
        {{.deployment_id = d.id, .load_us = 4, .error_permille = 7, .calls = calls, .service_us = 9},
         {.deployment_id = -3, .calls = 1}}};
  };
  const auto calls = [&] { return store().load_experience(p.id)->at(0).calls; };
  const auto storage = start();
  tell(storage, learned(1));
  advance(200ms);
  EXPECT_EQ(calls(), 1);
  tell(storage, learned(2));
  advance(200ms);
  EXPECT_EQ(calls(), 1);
  advance(10s);
  EXPECT_EQ(calls(), 2);
  tell(storage, learned(3));
  EXPECT_EQ(ask<std::uint64_t>(storage, atom::flush_v), 0U);
  EXPECT_EQ(calls(), 3);
  const auto registry = host<recording::registry_state>("registry", opener());
  std::vector<actors::provider_experience> told;
  tell(registry, recording::recalling(p.id, [&](actors::provider_experience x) { told.push_back(std::move(x)); }));
  tell(registry, recording::recalling(p.id + 1, [&](actors::provider_experience x) { told.push_back(std::move(x)); }));
  ASSERT_EQ(told.size(), 1U);
  ASSERT_EQ(told[0].deployments.size(), 1U) << "passages are not kept";
  const auto& x = told[0].deployments[0];
  EXPECT_EQ(x.deployment_id, d.id);
  EXPECT_EQ(x.load_us, 4);
  EXPECT_EQ(x.error_permille, 7U);
  EXPECT_EQ(x.calls, 3U);
  EXPECT_EQ(x.service_us, 9);
  kill(registry);
}

TEST_F(recording_test, the_registry_answers_an_exception_with_an_error_and_serves_on) {
  const auto registry = host<recording::registry_state>("registry", opener());
  caf::scoped_actor self{sys()};
  core::failure why;
  const auto note = [&](const caf::error& e) { why = actors::to_failure(sys(), e); };
  auto thrown =
      self->request(registry, 3600s, actors::store_job{[](storage::store&) -> actors::store_reply { throw 7; }});
  run();
  thrown.receive([](const actors::store_reply&) { FAIL(); }, note);
  EXPECT_EQ(why.code, core::ec::internal);
  const auto version = ask<actors::store_reply>(registry, actors::store_job{[](storage::store& s) {
                                                  return std::make_shared<std::int64_t>(*s.catalog_version());
                                                }});
  EXPECT_GT(*std::static_pointer_cast<std::int64_t>(version), 0);
}

TEST_F(recording_test, the_registry_says_that_the_database_is_away) {
  away_ = true;
  const auto registry = host<recording::registry_state>("registry", opener());
  caf::scoped_actor self{sys()};
  auto asked = self->request(registry, 3600s, actors::store_job{[](storage::store&) { return actors::store_reply{}; }});
  run();
  core::failure why;
  asked.receive([](const actors::store_reply&) { FAIL(); },
                [&](const caf::error& e) { why = actors::to_failure(sys(), e); });
  EXPECT_EQ(why.code, core::ec::storage_away);
  EXPECT_EQ(why.message, "nobody is there");
}

} // namespace
} // namespace logos::tests
