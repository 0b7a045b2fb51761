// SPDX-License-Identifier: MIT
#include "tests/storage/store_fixture.hpp"

namespace logos::test {
namespace {

using namespace storage;
using namespace std::chrono_literals;
using core::ec;

class batches : public store_suite {
protected:
  batch_store& store() { return store_->batches(); }
  file_row upload(std::string_view content = "{}", std::int64_t process = 7) {
    return take(store().keep_file({process, "batch", "a.jsonl", content}));
  }
  batch_row submit(std::chrono::microseconds window = 1h) {
    const auto file = upload();
    return take(
        store().submit({7, 3, "/v1/x", file.name, "24h", window, R"({"a":"b"})", core::priority_low, "10.0.0.1"}));
  }
  void begin(const batch_row& batch, int lines) {
    std::vector<new_job> jobs;
    for (int i = 1; i <= lines; ++i) {
      auto& j = jobs.emplace_back();
      j.process_id = 7;
      j.method = "POST";
      j.path = "/v1/x";
      j.payload = "x";
      j.lifetime = 1h;
      j.batch_id = batch.id;
      j.turn = i;
      j.custom_id = "c" + std::to_string(i);
    }
    take(store().begin(batch.id, jobs, "chat"));
  }
  void run_all() {
    const core::uuid run = core::uuid_source{core::random_seed()}.next(core::system_clock().wall());
    for (;;) {
      const std::vector runs{run};
      const auto claimed = take(store_->jobs().claim({"a", "a-1"}, runs, 1min));
      if (claimed.empty()) return;
      take(store_->jobs().end(claimed[0].id, {run, job_status::success, 200, "application/json", "{}", {}}));
    }
  }
  batch_row look(const batch_row& batch) { return take(store().find(batch.name, 7)); }
};

TEST_P(batches, files_come_back_as_they_were_and_stand_sealed) {
  std::string content;
  for (int i = 0; content.size() < (std::size_t{5} << 19); ++i)
    content += std::to_string(i) + std::string{"\0\xff\n", 3};
  const auto file = upload(content);
  EXPECT_TRUE(file.name.starts_with(file_prefix));
  EXPECT_EQ(take(store().read_file(file.name, 7)), content);
  EXPECT_EQ(take(store().find_file(file.name, 7)).bytes, static_cast<std::int64_t>(content.size()));
  EXPECT_EQ(query("select count(*) from file_chunks"), "3");
  EXPECT_EQ(query("select count(*) from file_chunks where content like 'v1:%'"), "3");
  EXPECT_EQ(store().read_file(file.name, 8).error().code, ec::resource_not_found);
  EXPECT_EQ(store().remove_file(file.name, 8).error().code, ec::resource_not_found);
  take(store().remove_file(file.name, 7));
  EXPECT_EQ(query("select count(*) from file_chunks"), "0");
}

TEST_P(batches, files_are_listed_the_newest_first_unless_asked) {
  const auto one = upload(), two = upload(), three = upload();
  upload("x", 8);
  const auto all = take(store().list_files(7, "", {"", 10}));
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].name, three.name);
  const auto rest = take(store().list_files(7, "batch", {two.name, 10}));
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].name, one.name);
  EXPECT_TRUE(take(store().list_files(7, "batch_output", {"", 10})).empty());
  const auto turned = take(store().list_files(7, "", {one.name, 1, true}));
  ASSERT_EQ(turned.size(), 1u);
  EXPECT_EQ(turned[0].name, two.name);
}

TEST_P(batches, are_listed_the_newest_first_unless_asked) {
  const auto one = submit(), two = submit(), three = submit();
  const auto newest = take(store().list(7, {three.name, 1}));
  ASSERT_EQ(newest.size(), 1u);
  EXPECT_EQ(newest[0].name, two.name);
  const auto oldest = take(store().list(7, {one.name, 10, true}));
  ASSERT_EQ(oldest.size(), 2u);
  EXPECT_EQ(oldest[1].name, three.name);
}

TEST_P(batches, files_live_for_as_long_as_was_said_and_else_for_as_long_as_all) {
  const auto plain = upload();
  const auto brief = take(store().keep_file({7, "batch", "a.jsonl", "{}", 1h}));
  const auto lasting = take(store().keep_file({7, "batch", "a.jsonl", "{}", 720h}));
  EXPECT_FALSE(plain.expires_at);
  EXPECT_EQ(brief.expires_at, brief.created_at + 1h);
  EXPECT_EQ(take(store().find_file(brief.name, 7)).expires_at, brief.expires_at);
  query("update files set expires_at = created_at where name = '" + brief.name + "'"); // its hour is over
  take(store().forget(24h));
  EXPECT_FALSE(store().find_file(brief.name, 7));
  EXPECT_TRUE(store().find_file(plain.name, 7));
  take(store().forget(-1s));
  EXPECT_FALSE(store().find_file(plain.name, 7));
  EXPECT_TRUE(store().find_file(lasting.name, 7)) << "longer than others";
}

TEST_P(batches, say_how_long_their_answers_live) {
  const auto input = upload();
  const auto batch =
      take(store().submit({7, 3, "/v1/x", input.name, "24h", 1h, "", core::priority_low, "10.0.0.1", 2h}));
  begin(batch, 1);
  run_all();
  const auto lines = take(store().ended_lines(batch.id, 10)).value();
  take(store().close_lines(batch.id, {{lines.at(0).id}, "one\n", "", 1, 0, false}));
  const auto output = take(store().find_file(look(batch).output_file, 7));
  EXPECT_EQ(output.expires_at, output.created_at + 2h);
}

TEST_P(batches, go_from_their_lines_to_their_files) {
  const auto batch = submit();
  EXPECT_EQ(batch.status, batch_status::validating);
  EXPECT_EQ(batch.metadata, R"({"a":"b"})");
  EXPECT_EQ(store().remove_file(batch.input_file, 7).error().code, ec::conflict);
  begin(batch, 3);
  begin(batch, 3); // somebody else did so at the same time
  EXPECT_EQ(look(batch).status, batch_status::in_progress);
  EXPECT_EQ(look(batch).total, 3);
  EXPECT_FALSE(take(store().ended_lines(batch.id, 10)));
  EXPECT_TRUE(take(store_->jobs().list({{7}, {}}, 0, 10)).rows.empty()) << "lines are not listed among jobs";
  run_all();
  EXPECT_EQ(look(batch).completed, 3) << "as long as they are jobs";
  auto lines = take(store().ended_lines(batch.id, 2)).value();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].custom_id, "c1");
  EXPECT_EQ(lines[0].result, "{}");
  EXPECT_FALSE(look(batch).usage) << "no line is closed";
  const closed_lines first{{lines[0].id, lines[1].id}, "one\n", "two\n", 1, 1, false, {7, 2, 5, 1}};
  take(store().close_lines(batch.id, first));
  EXPECT_FALSE(store().close_lines(batch.id, first)) << "nothing is written twice";
  EXPECT_EQ(look(batch).completed, 2) << "one in the file, one a job";
  lines = take(store().ended_lines(batch.id, 2)).value();
  ASSERT_EQ(lines.size(), 1u);
  take(store().close_lines(batch.id, {{lines[0].id}, "three\n", "", 1, 0, false, {70, 20, 50, 10}}));
  EXPECT_TRUE(take(store().ended_lines(batch.id, 2)).value().empty());
  take(store().finish(batch.id));
  const auto done = look(batch);
  EXPECT_EQ(done.status, batch_status::completed);
  EXPECT_TRUE(done.finalizing_at && done.completed_at && !done.cancelled_at);
  EXPECT_EQ(done.completed, 2);
  EXPECT_EQ(done.failed, 1);
  EXPECT_EQ(done.usage, (batch_usage{77, 22, 55, 11}));
  EXPECT_EQ(done.model, "chat");
  EXPECT_EQ(take(store().read_file(done.output_file, 7)), "one\nthree\n");
  EXPECT_EQ(take(store().read_file(done.error_file, 7)), "two\n");
  EXPECT_TRUE(take(store().open()).empty());
}

TEST_P(batches, that_are_wrong_fail_once) {
  const auto batch = submit();
  take(store().fail(batch.id, R"([{"code":"x"}])"));
  begin(batch, 1);
  const auto failed = look(batch);
  EXPECT_EQ(failed.status, batch_status::failed);
  EXPECT_EQ(failed.errors, R"([{"code":"x"}])");
  EXPECT_EQ(query("select count(*) from jobs"), "0");
  EXPECT_EQ(store().cancel(batch.name, 7).error().code, ec::conflict);
}

TEST_P(batches, that_are_cancelled_begin_no_further_line) {
  const auto batch = submit();
  begin(batch, 2);
  const std::vector runs{core::uuid::from_halves(1, 2)};
  const auto running = take(store_->jobs().claim({"a", "a-1"}, runs, 1min));
  EXPECT_EQ(take(store().cancel(batch.name, 7)).status, batch_status::cancelling);
  EXPECT_FALSE(take(store().ended_lines(batch.id, 10))) << "one runs";
  EXPECT_TRUE(take(store_->jobs().renew({"a", "a-1"}, 1min)).at(0).cancelling);
  take(store_->jobs().put_back(running.at(0).id, running[0].run, 0s));
  const auto lines = take(store().ended_lines(batch.id, 10)).value();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].status, job_status::cancelled);
  take(store().close_lines(batch.id, {{lines[0].id, lines[1].id}, "", "x\n", 0, 2, true}));
  take(store().finish(batch.id));
  EXPECT_EQ(look(batch).status, batch_status::cancelled);
}

TEST_P(batches, that_were_cancelled_while_they_validated_have_no_lines) {
  const auto batch = submit();
  take(store().cancel(batch.name, 7));
  begin(batch, 2);
  EXPECT_TRUE(take(store().ended_lines(batch.id, 10)).value().empty());
  take(store().finish(batch.id));
  EXPECT_EQ(look(batch).status, batch_status::cancelled);
  EXPECT_EQ(look(batch).total, 0);
}

TEST_P(batches, are_forgotten_with_their_files_when_they_have_ended) {
  const auto ended = submit(), open = submit();
  take(store().fail(ended.id, "[]"));
  take(store().forget(1h));
  EXPECT_EQ(look(ended).status, batch_status::failed);
  take(store().forget(-1s));
  EXPECT_EQ(store().find(ended.name, 7).error().code, ec::resource_not_found);
  EXPECT_EQ(store().find_file(ended.input_file, 7).error().code, ec::resource_not_found);
  EXPECT_EQ(take(store().read_file(open.input_file, 7)), "{}");
  EXPECT_EQ(query("select count(*) from file_chunks"), "1");
}

LOGOS_ON_BOTH(batches);

} // namespace
} // namespace logos::test
