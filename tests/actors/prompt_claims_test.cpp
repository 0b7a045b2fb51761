// SPDX-License-Identifier: MIT
#include "tests/actors/ingress_fixture.hpp"

namespace logos::ingress {
namespace {

/// Prompts cost a nano-unit a token here, and answers nothing.
class prompt_claims_test : public ingress_test {
protected:
  prompt_claims_test() {
    accounting::rules rules;
    rules.budgets.push_back({1, core::scope::process, 1, core::budget_period::total, 1'000'000'000, true});
    adopt(tests::small_catalog(2, std::move(rules),
                               accounting::price_book{{{9, 2, 0, core::token_type::prompt, {}, 1'000}}}));
  }
  core::nano hold_of(std::string_view content) {
    bring(tests::root_key, R"({"model":"gpt","messages":[{"role":"user","content":)" + std::string{content} + "}]}");
    return accounts_.claims.back().hold;
  }
};

/// The same, with a model of which it is known that it reads 1000 tokens at a time, and of one that is a tool's.
class context_claims_test : public prompt_claims_test {
protected:
  context_claims_test() { adopt(with_context(true, 3)); }
  static std::shared_ptr<catalog::snapshot> with_context(bool hard, std::uint64_t version) {
    accounting::rules rules;
    rules.budgets.push_back({1, core::scope::process, 1, core::budget_period::total, 1'000'000'000, hard});
    auto s = tests::small_catalog(version, std::move(rules),
                                  accounting::price_book{{{9, 2, 0, core::token_type::prompt, {}, 1'000}}});
    s->models.at(1).context_tokens = 100'000;
    return s;
  }
  core::nano hold_of(const std::string& more, std::string_view path = "/v1/responses") {
    last_ = bring(tests::root_key, R"({"model":"gpt","max_output_tokens":5,"max_tokens":5,)" + more + "}", path);
    return accounts_.claims.back().hold;
  }
  std::string sent() {
    rule({});
    offer_for(3);
    std::string all;
    for (const auto piece : last_->relayed.at(0).call.body)
      all += piece;
    return all;
  }
  boost::intrusive_ptr<fake_exchange> last_;
};

TEST_F(context_claims_test, what_the_provider_adds_is_held_at_all_that_the_model_reads_at_a_time) {
  EXPECT_EQ(hold_of(R"("previous_response_id":"r","input":"x")"), 100'000);
  EXPECT_EQ(hold_of(R"("web_search_options":{},"messages":[])", "/v1/chat/completions"), 100'000)
      << "which takes no bound on how often";
  EXPECT_LT(hold_of(R"("input":"x")"), 1'000);
}

TEST_F(context_claims_test, tools_of_the_providers_are_held_as_often_as_they_may_be_called) {
  EXPECT_EQ(hold_of(R"("tools":[{"type":"web_search"}],"max_tool_calls":2,"input":"x")"), 300'000);
  EXPECT_EQ(sent().find("\"max_tool_calls\":8"), std::string::npos) << "it has a bound";
  EXPECT_EQ(hold_of(R"("tools":[{"type":"web_search","max_uses":3}],"messages":[])", "/v1/messages"), 400'000);
  EXPECT_EQ(hold_of(R"("tools":[{"type":"web_search"}],"messages":[])", "/v1/messages"), 1'100'000)
      << "Anthropic stops by itself after ten turns";
  EXPECT_EQ(hold_of(R"("tools":[{"type":"web_search"}],"max_turns":20,"max_tool_calls":1,"input":"x")"), 2'000'000);
}

TEST_F(context_claims_test, without_a_bound_one_is_put_in_and_held) {
  EXPECT_EQ(hold_of(R"("tools":[{"type":"web_search"}],"input":"x")"), 900'000);
  EXPECT_NE(sent().find(R"("max_tool_calls":8)"), std::string::npos);
  EXPECT_EQ(hold_of(R"("tools":[{"type":"web_search"}],"max_tool_calls":null,"input":"x")"), 900'000);
  EXPECT_NE(sent().find(R"("max_tool_calls":8)"), std::string::npos);
}

TEST_F(context_claims_test, whose_budget_is_soft_is_sent_what_it_asked_for) {
  adopt(with_context(false, 4));
  EXPECT_LT(hold_of(R"("tools":[{"type":"web_search"}],"input":"x")"), 10'000);
  EXPECT_EQ(sent().find("max_tool_calls"), std::string::npos);
}

/// Answers cost a nano-unit a token here, and prompts nothing. The cloud has a path of its own.
class answer_claims_test : public ingress_test {
protected:
  void adopt_path(std::string own, std::int64_t context) {
    accounting::rules rules;
    rules.budgets.push_back({1, core::scope::process, 1, core::budget_period::total, 1'000'000'000, true});
    auto s = tests::small_catalog(++version_, std::move(rules),
                                  accounting::price_book{{{9, 2, 0, core::token_type::completion, {}, 1'000}}});
    s->models.at(1).context_tokens = context;
    s->deployments.at(2).route.fixed_path = std::move(own);
    adopt(s);
  }
  const accounting::claim& claimed(std::string_view lengths, std::string_view path = "/v1/chat/completions") {
    last_ = bring(tests::root_key, R"({"model":"gpt",)" + std::string{lengths} + R"("messages":[]})", path);
    return accounts_.claims.back();
  }
  std::string sent(const accounting::ruling& r) {
    rule(r);
    offer_for(3);
    std::string all;
    for (const auto piece : last_->relayed.at(0).call.body)
      all += piece;
    return all;
  }
  std::uint64_t version_ = 1;
  boost::intrusive_ptr<fake_exchange> last_;
};

TEST_F(answer_claims_test, a_deployment_whose_path_is_not_known_may_heed_lengths_that_are_not_known) {
  constexpr std::string_view asks = R"("max_tokens":1,"options":{"num_predict":100000},)";
  adopt_path("/v1/chat/completions", 50'000);
  EXPECT_EQ(claimed(asks).hold, 1);
  EXPECT_GT(claimed("").spare_hold, 0);
  adopt_path("/api/chat", 50'000);
  EXPECT_EQ(claimed(asks).hold, 50'000);
  EXPECT_EQ(claimed("").hold, 50'000);
  EXPECT_EQ(claimed("").spare_hold, 0) << "it need not heed where it is cut";
  adopt_path("/api/chat", 0);
  EXPECT_EQ(claimed(asks).hold, 4'096);
}

TEST_F(answer_claims_test, at_a_path_that_is_not_known_the_context_is_held) {
  adopt_path("", 50'000);
  EXPECT_EQ(claimed(R"("completion_args":{"max_tokens":40000},)", "/v1/something/new").hold, 50'000);
  adopt_path("", 0);
  EXPECT_EQ(claimed(R"("max_new_tokens":1,)", "/v1/something/new").hold, 4'096);
}

TEST_F(answer_claims_test, the_length_that_llama_cpp_heeds_is_held_and_told) {
  adopt_path("", 0);
  EXPECT_EQ(claimed(R"("max_tokens":1,"n_predict":100000,)").hold, 100'000);
  auto body = sent({});
  EXPECT_NE(body.find(R"("max_tokens":1,)"), std::string::npos) << body;
  EXPECT_NE(body.find(R"("n_predict":100000,)"), std::string::npos) << body;
  const auto& boundless = claimed(R"("n_predict":-1,)");
  EXPECT_EQ(boundless.hold, 4'096);
  EXPECT_EQ(boundless.spare_hold, 4'080);
  accounting::ruling cut;
  cut.spared_hold = 4'000;
  body = sent(cut);
  EXPECT_NE(body.find(R"("n_predict":96,)"), std::string::npos) << body;
  EXPECT_EQ(claimed(R"("max_tokens":10,"n_cmpl":3,)").hold, 30);
  claimed(R"("max_completion_tokens":-1,"n_predict":-1,"tools":[{"type":"web_search"}],)", "/v1/responses");
  body = sent({});
  for (const auto* told : {R"("max_completion_tokens":4096)", R"("n_predict":4096)", R"("max_output_tokens":4096)",
                           R"("max_tool_calls":8)"})
    EXPECT_NE(body.find(told), std::string::npos) << body;
}

TEST_F(prompt_claims_test, a_list_of_token_ids_is_held_as_so_many_tokens) {
  std::string ids = "1000";
  for (int i = 1001; i < 1400; ++i)
    ids += "," + std::to_string(i);
  bring(tests::root_key, R"({"model":"gpt","input":[)" + ids + "]}", "/v1/embeddings");
  const auto& c = accounts_.claims.back();
  EXPECT_GE(c.hold, 400);
  EXPECT_LT(c.hold, 450);
  EXPECT_LT(c.tokens, 410);
  EXPECT_FALSE(c.can_be_shorter);
  hold_of("\"x\"");
  EXPECT_TRUE(accounts_.claims.back().can_be_shorter);
}

TEST_F(prompt_claims_test, a_text_that_looks_like_an_attachment_is_a_text) {
  const std::string text(50'000, 'x');
  EXPECT_GE(hold_of("\"data:" + text + "\""), 50'000);
  EXPECT_GE(hold_of(R"([{"type":"text","text":"data:)" + text + R"("}])"), 50'000);
  EXPECT_GE(
      hold_of(R"([{"type":"document","source":{"type":"text","media_type":"text/plain","data":")" + text + R"("}}])"),
      50'000);
}

TEST_F(prompt_claims_test, an_attachment_in_its_place_is_held_as_one) {
  const std::string bytes(1'000'000, 'A');
  constexpr core::nano most = 48'169; // of a model that nobody knows
  EXPECT_LT(hold_of(R"([{"type":"image_url","image_url":{"url":"data:image/png;base64,)" + bytes + R"("}}])"),
            most + 1'000);
  EXPECT_LT(
      hold_of(R"([{"type":"image","source":{"type":"base64","media_type":"image/png","data":")" + bytes + R"("}}])"),
      most + 1'000);
  EXPECT_GT(hold_of(R"([{"type":"image_url","image_url":{"url":"https://a.b/c.png"}}])"), most)
      << "the provider fetches it, and nobody knows how large it is";
  const std::string small = "iVBORw0KGgoAAAANSUhEUgAAAgAAAAIACAYAAAD0eNT6"; // the head of a PNG of 512 × 512
  EXPECT_LT(hold_of(R"([{"type":"image_url","image_url":{"url":"data:image/png;base64,)" + small + bytes + R"("}}])"),
            10'000);
  EXPECT_LT(hold_of(R"([{"type":"image","source":{"type":"base64","media_type":"image/png","data":")" + small + bytes +
                    R"("}}])"),
            10'000);
  EXPECT_LT(hold_of(R"([{"type":"input_audio","input_audio":{"format":"mp3","data":")" + bytes + R"("}}])"), 40'000);
}

TEST_F(prompt_claims_test, what_only_the_provider_can_measure_is_held_as_what_it_adds) {
  constexpr core::nano reserve = 4'096;
  for (const auto* part :
       {R"({"type":"file","file":{"file_data":"data:application/pdf;base64,AAAA"}})",
        R"({"type":"input_file","file_data":"data:application/pdf;base64,AAAA"})",
        R"({"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"AAAA"}})",
        R"({"type":"document","source":{"type":"base64","media_type":"\u0061pplication/pdf","data":"AAAA"}})",
        R"({"type":"video_url","video_url":{"url":"https://a.b/c.mp4"}})",
        R"({"type":"video_url","video_url":{"url":"data:video/mp4;base64,AAAA"}})",
        R"({"type":"image_url","image_url":{"url":"data:video/mp4;base64,AAAA"}})",
        R"({"type":"audio_url","audio_url":{"url":"https://a.b/c.ogg"}})",
        R"({"type":"document_url","document_url":"https://a.b/c.pdf"})",
        R"({"type":"input_audio","input_audio":"https://a.b/c.mp3"})",
        R"({"type":"web_page","at":"https://a.b/c.html"})"})
    EXPECT_GT(hold_of("[" + std::string{part} + "]"), reserve) << part;
}

TEST_F(prompt_claims_test, a_form_is_held_by_its_size) {
  const std::string head = "--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\ngpt\r\n--b\r\n"
                           "Content-Disposition: form-data; name=\"";
  const auto send = [&](std::string_view path, std::string_view part, std::size_t size) {
    auto x = make_exchange(
        "POST", path, {{"authorization", "Bearer lg-root-key"}, {"content-type", "multipart/form-data; boundary=b"}},
        head + std::string{part} + "\r\n\r\n" + std::string(size, 'x') + "\r\n--b--\r\n");
    tell(ingress_, atom::handle_v, net::exchange_ptr{x});
    brought_.push_back(x);
    return accounts_.claims.back().hold;
  };
  EXPECT_GE(send("/v1/audio/transcriptions", "prompt\"", 20'000), 20'000);
  const auto sound = send("/v1/audio/transcriptions", "file\"; filename=\"a.mp3\"", 1'000'000);
  EXPECT_GE(sound, 1'000'000 / 32);
  EXPECT_LT(sound, 40'000);
  EXPECT_GE(send("/v1/whatever", "file\"; filename=\"a.txt\"", 20'000), 20'000);
}

} // namespace
} // namespace logos::ingress
