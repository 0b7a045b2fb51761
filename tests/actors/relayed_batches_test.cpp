// SPDX-License-Identifier: MIT
#include "actors/catalog/key_scope.hpp"
#include "actors/ingress/relayed_batches.hpp"
#include "tests/actors/ingress_fixture.hpp"

namespace logos::ingress {
namespace {

using core::ec;

std::string line_for(const std::string& model, const std::string& more = {}) {
  return R"({"custom_id":"x","method":"POST","url":"/v1/chat/completions","body":{"model":")" + model +
         R"(","messages":[])" + more + "}}\n";
}

std::string form_of(const std::string& content, const std::string& purpose = "batch") {
  return "--B\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\n" + purpose +
         "\r\n--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"r.jsonl\"\r\n\r\n" + content +
         "\r\n--B--\r\n";
}

struct judged {
  core::failure failure;
  std::vector<std::int64_t> providers;
  std::vector<std::string> models;
};

/// The second process of the small catalog, which may use gemma only, hands something in.
judged judge(std::string_view path, std::string_view type, const std::string& body, accounting::rules rules = {},
             std::shared_ptr<const catalog::key_scope> scope = nullptr,
             std::vector<std::int64_t> providers_of_profile = {}) {
  const auto s = tests::small_catalog(1, std::move(rules));
  s->principals.at(1).profiles.at(0).providers = std::move(providers_of_profile);
  s->principals.at(1).scope = std::move(scope);
  s->principals.at(1).role = core::role::admin;
  const auto& who = s->principals.at(1);
  const auto x = make_exchange("POST", path, {{"content-type", std::string{type}}}, body);
  net::json_looker looker;
  const auto route = net::classify("POST", path);
  const auto i = read_intent(x->request(), route, looker);
  judged out;
  if (!i) {
    out.failure = i.error();
    return out;
  }
  EXPECT_TRUE(hands_in_batch(x->request(), *i)) << path;
  std::vector<const catalog::provider*> providers{&s->providers.at(0), &s->providers.at(2)};
  const auto found = check_batch({*s, who, who.find_profile(0)}, x->request(), *i, "127.0.0.1", providers);
  if (!found) {
    out.failure = found.error();
    return out;
  }
  for (const auto* p : providers)
    out.providers.push_back(p->id);
  for (const auto& m : *found)
    out.models.push_back(m.name);
  return out;
}

judged judge_file(const std::string& content, accounting::rules rules = {},
                  std::shared_ptr<const catalog::key_scope> scope = nullptr) {
  return judge("/v1/files", "multipart/form-data; boundary=B", form_of(content), std::move(rules), std::move(scope));
}

TEST(relayed_batches, go_only_where_every_line_may_be_served) {
  const auto found = judge_file(line_for("gemma3:27b") + "\n" + line_for("gemma3:27b"));
  EXPECT_EQ(found.failure.code, ec::none) << found.failure.message;
  EXPECT_EQ(found.providers, std::vector<std::int64_t>{1}) << "not to the cloud, which does not have it";
  EXPECT_EQ(found.models, std::vector<std::string>{"gemma3:27b"});
}

TEST(relayed_batches, go_to_no_provider_that_the_profile_leaves_out) {
  const auto content = form_of(line_for("gemma3:27b"));
  const auto to = [&](std::vector<std::int64_t> allowed) {
    return judge("/v1/files", "multipart/form-data; boundary=B", content, {}, nullptr, std::move(allowed));
  };
  EXPECT_EQ(to({1}).providers, std::vector<std::int64_t>{1});
  EXPECT_EQ(to({2}).failure.code, ec::forbidden);
}

TEST(relayed_batches, are_refused_with_the_number_of_the_line_that_may_not_be_asked) {
  const auto refused = judge_file(line_for("gemma3:27b") + "\n" + line_for("gpt"));
  EXPECT_EQ(refused.failure.code, ec::forbidden);
  EXPECT_TRUE(refused.failure.message.starts_with("Line 3: ")) << refused.failure.message;
  EXPECT_NE(refused.failure.message.find("'gpt'"), std::string::npos);
  const auto alias = judge_file(line_for("gemma"));
  EXPECT_EQ(alias.failure.code, ec::forbidden) << "the provider would not know it by our name";
  const auto fallback = judge_file(line_for("gemma3:27b", R"(,"models":["gpt"])"));
  EXPECT_EQ(fallback.failure.code, ec::forbidden) << "also what a line names beside its model";
}

TEST(relayed_batches, are_read_as_strictly_as_single_requests) {
  const auto fails = [](const std::string& line, ec code) {
    const auto found = judge_file(line_for("gemma3:27b") + line);
    EXPECT_EQ(found.failure.code, code) << line << found.failure.message;
    EXPECT_TRUE(found.failure.message.starts_with("Line 2: ")) << found.failure.message;
  };
  fails("nonsense\n", ec::bad_json);
  fails("[]\n", ec::bad_json);
  fails(R"({"url":"/v1/chat/completions","body":{"messages":[]}})", ec::bad_field);
  fails(R"({"url":"/v1/chat/completions","body":7})", ec::bad_field);
  fails(R"({"url":"/v1/chat/completions"})", ec::bad_field);
  fails(R"({"url":"/admin/v1/users","body":{"model":"gemma3:27b"}})", ec::bad_field);
  fails(R"({"url":7,"body":{"model":"gemma3:27b"}})", ec::bad_field);
  fails(R"({"method":"DELETE","url":"/v1/chat/completions","body":{"model":"gemma3:27b"}})", ec::bad_field);
  fails(R"({"url":"/v1/chat/completions","body":{"model":"gemma3:27b"},"body":{"model":"gpt"}})", ec::bad_field);
  fails(R"({"url":"/v1/chat/completions","body":{"model":"gemma3:27b"},"Body":{"model":"gpt"}})", ec::bad_field);
  fails(R"({"url":"/v1/chat/completions","body":{"model":"gemma3:27b"},"params":{"model":"gpt"}})", ec::bad_field);
  fails(R"({"url":"/v1/chat/completions","body":{"model":"gemma3:27b","Model":"gpt"}})", ec::bad_field);
}

TEST(relayed_batches, ask_only_endpoints_within_the_scope_of_the_key) {
  const auto scope = std::make_shared<const catalog::key_scope>(
      std::vector<std::int64_t>{}, std::vector<std::string>{"/v1/embeddings"}, std::vector<std::string>{});
  const auto refused = judge_file(line_for("gemma3:27b"), {}, scope);
  EXPECT_EQ(refused.failure.code, ec::out_of_scope);
  EXPECT_TRUE(refused.failure.message.starts_with("Line 1: ")) << refused.failure.message;
}

TEST(relayed_batches, are_not_for_whom_they_could_not_be_counted) {
  accounting::rules rules;
  rules.budgets.push_back({1, core::scope::process, 2, core::budget_period::total, 1'000'000'000, true});
  EXPECT_EQ(judge_file(line_for("gemma3:27b"), rules).failure.code, ec::forbidden);
  rules = {};
  rules.limits.push_back({1, core::scope::process, 2, core::limit_kind::tokens_per_minute, 5});
  EXPECT_EQ(judge_file(line_for("gemma3:27b"), rules).failure.code, ec::forbidden);
  rules = {};
  rules.limits.push_back({1, core::scope::model, 1, core::limit_kind::tokens_per_minute, 5});
  EXPECT_EQ(judge_file(line_for("gemma3:27b"), rules).failure.code, ec::forbidden) << "the model has one of its own";
  rules = {};
  rules.limits.push_back({1, core::scope::process, 3, core::limit_kind::tokens_per_minute, 5});
  EXPECT_EQ(judge_file(line_for("gemma3:27b"), rules).failure.code, ec::none) << "somebody else's";
}

TEST(relayed_batches, may_come_in_other_shapes) {
  const auto inner = [](const std::string& model) {
    return R"({"requests":[{"custom_id":"a","params":{"model":"gemma3:27b","max_tokens":1,"messages":[]}},)"
           R"({"custom_id":"b","params":{"model":")" +
           model + R"(","max_tokens":1,"messages":[]}}]})";
  };
  const auto refused = judge("/v1/messages/batches", "application/json", inner("gpt"));
  EXPECT_EQ(refused.failure.code, ec::forbidden);
  EXPECT_TRUE(refused.failure.message.starts_with("Request 2: ")) << refused.failure.message;
  EXPECT_EQ(judge("/v1/messages/batches", "application/json", inner("gemma3:27b")).failure.code, ec::none);
  for (const char* body : {"{}", "[]", "7", "null", R"({"requests":7})", R"({"Requests":[]})"})
    EXPECT_NE(judge("/v1/messages/batches", "application/json", body).failure.code, ec::none) << body;
  const auto in_parts = judge("/v1/uploads", "application/json", R"({"purpose":"batch","bytes":7})");
  EXPECT_EQ(in_parts.failure.code, ec::forbidden) << "nobody reads its lines";
  EXPECT_EQ(judge("/v1/uploads", "application/json", R"({"purpose":"vision","bytes":7})").failure.code, ec::none);
  const auto form = [](const std::string& purpose, const std::string& content) {
    return judge("/v1/files", "multipart/form-data; boundary=B", form_of(content, purpose)).failure.code;
  };
  EXPECT_EQ(form("user_data", line_for("gpt")), ec::forbidden) << "whatever it says of itself";
  EXPECT_EQ(form("user_data", "any text\n"), ec::none);
  EXPECT_EQ(form("fine-tune", R"({"messages":[]})"), ec::none);
  // Where the endpoint and the model are named when the batch is begun.
  EXPECT_EQ(judge_file(R"({"custom_id":"a","body":{"messages":[]}})").failure.code, ec::none);
}

/// On its way through INGRESS.
class ingress_batches_test : public ingress_test {
protected:
  boost::intrusive_ptr<fake_exchange> upload(const std::string& content) {
    auto x = make_exchange("POST", "/v1/files",
                           {{"content-type", "multipart/form-data; boundary=B"},
                            {"provider", "cloud"},
                            {"authorization", "Bearer " + std::string{tests::root_key}}},
                           form_of(content));
    tell(ingress_, atom::handle_v, net::exchange_ptr{x});
    brought_.push_back(x);
    return x;
  }
};

TEST_F(ingress_batches_test, no_byte_of_a_file_goes_out_before_all_its_lines_were_judged) {
  at_->rules.batches = false;
  const auto refused = upload(line_for("gpt") + line_for("gemma3:27b"));
  ASSERT_TRUE(refused->answer().has_value());
  EXPECT_EQ(refused->status(), 403) << refused->answer()->body;
  EXPECT_NE(refused->answer()->body.find("Line 2: "), std::string::npos) << refused->answer()->body;
  EXPECT_TRUE(logs_[3].tickets.empty());
  const auto let_in = upload(line_for("gpt") + line_for("gpt"));
  EXPECT_FALSE(let_in->answer().has_value());
  EXPECT_EQ(logs_[3].tickets.size(), 1U);
}

/// A TOKENIZER that does nothing until the test says so.
class slow_tokenizer {
public:
  using handle = actors::tokenizer_actor;
  slow_tokenizer(actors::self_pointer<slow_tokenizer> self, std::vector<actors::long_task>* tasks)
      : self_{self},
        tasks_{tasks} {}
  handle::behavior_type make_behavior() {
    return {
        [this](const actors::long_task& task) { tasks_->push_back(task); },
        [](atom::handle, const net::exchange_ptr&, const catalog::snapshot_ptr&, std::int64_t) {},
        [this](atom::status) { return self_->vitals("slow"); },
    };
  }

private:
  actors::self_pointer<slow_tokenizer> self_;
  std::vector<actors::long_task>* tasks_;
};

class long_batches_test : public ingress_batches_test {
protected:
  long_batches_test() {
    at_->rules.batches = false;
    at_->next.tokenizer = host<slow_tokenizer>("tokenizer", &tasks_);
  }
  ~long_batches_test() override {
    tasks_.clear();
    at_->next.tokenizer = nullptr;
    run();
  }
  static std::string lines(std::size_t count, const std::string& model = "gpt") {
    std::string all;
    for (std::size_t i = 0; i < count; ++i)
      all += line_for(model);
    return all;
  }
  void carry_out_next() {
    ASSERT_FALSE(tasks_.empty());
    const auto next = tasks_.front();
    tasks_.erase(tasks_.begin());
    next.run();
    run();
  }
  std::vector<actors::long_task> tasks_;
};

TEST_F(long_batches_test, are_not_judged_where_everybody_waits) {
  const auto x = upload(lines(1000) + line_for("gemma3:27b"));
  ASSERT_EQ(tasks_.size(), 1U);
  EXPECT_FALSE(x->answer().has_value());
  EXPECT_TRUE(logs_[3].tickets.empty()) << "no byte before all was judged";
  carry_out_next();
  ASSERT_TRUE(x->answer().has_value());
  EXPECT_EQ(x->status(), 403);
  EXPECT_NE(x->answer()->body.find("Line 1001: "), std::string::npos) << x->answer()->body;
  const auto good = upload(lines(1000));
  carry_out_next();
  EXPECT_FALSE(good->answer().has_value());
  EXPECT_EQ(logs_[3].tickets.size(), 1U);
}

TEST_F(long_batches_test, that_are_short_are_judged_at_once) {
  upload(lines(2));
  EXPECT_TRUE(tasks_.empty());
  EXPECT_EQ(logs_[3].tickets.size(), 1U);
}

TEST_F(long_batches_test, whose_reader_dies_are_answered) {
  const auto x = upload(lines(1000));
  tasks_.clear(); // with whoever had them
  run();
  ASSERT_TRUE(x->answer().has_value());
  EXPECT_EQ(x->status(), 500);
}

TEST_F(long_batches_test, whose_client_has_left_go_nowhere) {
  const auto x = upload(lines(1000));
  x->is_gone = true;
  tell(ingress_, atom::gone_v, x->id());
  carry_out_next();
  EXPECT_TRUE(logs_[3].tickets.empty());
}

TEST_F(long_batches_test, are_refused_when_too_much_waits_to_be_read) {
  const auto large = lines(350'000); // some 35 MB
  upload(large);
  const auto second = upload(large);
  ASSERT_TRUE(second->answer().has_value());
  EXPECT_EQ(second->status(), 429);
  EXPECT_NE(second->answer()->headers.find("retry-after"), std::string::npos);
  carry_out_next();
  const auto third = upload(large);
  EXPECT_FALSE(third->answer().has_value()) << "there is room again";
}

TEST(relayed_batches, have_a_largest_number_of_requests) {
  std::string all;
  for (int i = 0; i <= 100'000; ++i)
    all += line_for("gemma3:27b");
  const auto refused = judge_file(all);
  EXPECT_EQ(refused.failure.code, ec::bad_field);
  EXPECT_NE(refused.failure.message.find("at most 100000 requests"), std::string::npos) << refused.failure.message;
}

} // namespace
} // namespace logos::ingress
