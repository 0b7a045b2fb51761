// SPDX-License-Identifier: MIT
#include "tests/actors/ingress_fixture.hpp"

namespace logos::ingress {
namespace {

constexpr std::int64_t searches = 100, calls = 101;
constexpr std::string_view chat = R"({"model":"gpt","max_tokens":10,"messages":[{"role":"user","content":"hi"}]})";

/// A second of sound at 8000 bytes a second, but for its head.
std::string wave() {
  const auto little = [](std::uint32_t n, int bytes) {
    std::string out;
    for (; bytes-- > 0; n >>= 8)
      out += static_cast<char>(n & 0xFF);
    return out;
  };
  return "RIFF" + little(7992, 4) + "WAVEfmt " + little(16, 4) + little(1, 2) + little(1, 2) + little(8000, 4) +
         little(8000, 4) + little(1, 2) + little(8, 2) + "data" + little(7956, 4) + std::string(7956, 'x');
}

/// Requests of process 1 have a budget, and what gpt counts beside tokens may have a price: a nano-unit for each.
class open_claims_test : public ingress_test {
protected:
  static accounting::price beside(std::int64_t own_type, core::nano per_k = 1000) {
    accounting::price p{20 + own_type, 2, 0, core::token_type::audio_milliseconds, {}, per_k};
    p.own_type = own_type;
    return p;
  }
  void price(std::vector<accounting::price> more, bool hard = true) {
    accounting::rules rules;
    rules.budgets.push_back({1, core::scope::process, 1, core::budget_period::total, 1'000'000'000'000, hard});
    more.push_back({9, 2, 0, core::token_type::completion, {}, 1'000'000});
    adopt(tests::small_catalog(
        ++version_, std::move(rules),
        accounting::price_book{std::move(more), {{searches, std::nullopt}, {calls, std::nullopt, true}}}));
  }
  const accounting::claim& claimed(std::string_view body = chat, std::string_view path = "/v1/chat/completions") {
    last_ = bring(tests::root_key, body, path);
    return accounts_.claims.back();
  }
  const accounting::claim& transcribe(std::string_view file, std::string_view path = "/v1/audio/transcriptions") {
    last_ = make_exchange(
        "POST", path, {{"authorization", "Bearer lg-root-key"}, {"content-type", "multipart/form-data; boundary=b"}},
        "--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\ngpt\r\n--b\r\n"
        "Content-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n" +
            std::string{file} + "\r\n--b--\r\n");
    tell(ingress_, atom::handle_v, net::exchange_ptr{last_});
    brought_.push_back(last_);
    return accounts_.claims.back();
  }
  /// What stands in the books of the last one, when its answer told this.
  storage::finished_facts booked(const net::usage& told) {
    rule({});
    offer_for(3);
    net::call_outcome o;
    o.status = 200;
    o.answered = o.complete = o.sent_whole = true;
    o.tokens = told;
    last_->relayed.at(0).observer->ending(o);
    last_->relayed.at(0).observer->ended(o);
    run();
    return rows().back();
  }

  std::uint64_t version_ = 1;
  boost::intrusive_ptr<fake_exchange> last_;
};

TEST_F(open_claims_test, what_counts_beside_tokens_has_no_bound_where_it_has_a_price) {
  price({});
  EXPECT_FALSE(claimed().open_ended);
  price({beside(searches)});
  EXPECT_TRUE(claimed().open_ended);
  EXPECT_EQ(accounts_.claims.back().hold, 10'000) << "what is known of its cost";
  EXPECT_TRUE(claimed(R"({"model":"gpt","input":"hi"})", "/v1/embeddings").open_ended);
  EXPECT_TRUE(claimed(R"({"model":"gpt","input":"hi"})", "/v1/something/new").open_ended);
  EXPECT_FALSE(claimed(R"({"model":"gpt","input":"hi"})", "/v1/tokenize").open_ended);
  price({beside(searches, 0)});
  EXPECT_FALSE(claimed().open_ended) << "for nothing";
  price({beside(searches)}, false);
  EXPECT_FALSE(claimed().open_ended) << "a soft budget keeps nobody waiting";
}

TEST_F(open_claims_test, calls_of_tools_have_the_bound_that_the_request_gives) {
  price({beside(calls)});
  EXPECT_FALSE(claimed(R"({"model":"gpt","max_tokens":1,"messages":[]})", "/v1/messages").open_ended);
  EXPECT_FALSE(
      claimed(R"({"model":"gpt","max_tokens":1,"tools":[{"type":"s","max_uses":2}],"messages":[]})", "/v1/messages")
          .open_ended);
  EXPECT_TRUE(
      claimed(R"({"model":"gpt","max_tokens":1,"tools":[{"type":"s"}],"messages":[]})", "/v1/messages").open_ended);
  EXPECT_TRUE(
      claimed(R"({"model":"gpt","max_tokens":1,"tools":[{"type":"s","max_uses":50}],"messages":[]})", "/v1/messages")
          .open_ended)
      << "more than are held";
  EXPECT_FALSE(claimed(R"({"model":"gpt","max_output_tokens":1,"tools":[{"type":"s"}],"input":"x"})", "/v1/responses")
                   .open_ended)
      << "it gets a bound";
  EXPECT_TRUE(claimed().open_ended) << "servers search on their own there";
}

TEST_F(open_claims_test, sound_is_held_by_its_length_where_the_file_tells_it) {
  price({beside(0)});
  const auto held = [&](std::string_view file) { return transcribe(file).hold; };
  const auto of_tokens = [&](std::string_view file) {
    price({});
    const auto hold = transcribe(file).hold;
    price({beside(0)});
    return hold;
  };
  EXPECT_EQ(held(wave()) - of_tokens(wave()), 1000);
  EXPECT_FALSE(transcribe(wave()).open_ended);
  EXPECT_FALSE(transcribe(wave(), "/v1/audio/translations").open_ended);
  const std::string mp3 = "ID3" + wave();
  EXPECT_EQ(held(mp3) - of_tokens(mp3), 0);
  EXPECT_TRUE(transcribe(mp3).open_ended);
  EXPECT_TRUE(claimed().open_ended) << "whatever the path, a provider may count it";
}

TEST_F(open_claims_test, sound_that_is_not_in_the_form_has_no_bound) {
  price({beside(0)});
  const auto beside_file = [](std::string_view field) {
    return wave() + "\r\n--b\r\nContent-Disposition: form-data; name=\"" + std::string{field} +
           "\"\r\n\r\nhttps://a.b/c.mp3";
  };
  EXPECT_FALSE(transcribe(beside_file("prompt")).open_ended);
  for (const auto* field : {"url", "file_url", "file_id"})
    EXPECT_TRUE(transcribe(beside_file(field)).open_ended) << field;
  const auto without_file = [&](std::string_view field) {
    last_ =
        make_exchange("POST", "/v1/audio/transcriptions",
                      {{"authorization", "Bearer lg-root-key"}, {"content-type", "multipart/form-data; boundary=b"}},
                      "--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\ngpt\r\n--b\r\n"
                      "Content-Disposition: form-data; name=\"" +
                          std::string{field} + "\"\r\n\r\nhttps://a.b/c.mp3\r\n--b--\r\n");
    tell(ingress_, atom::handle_v, net::exchange_ptr{last_});
    brought_.push_back(last_);
    return accounts_.claims.back().open_ended;
  };
  for (const auto* field : {"url", "file", "whatever"})
    EXPECT_TRUE(without_file(field)) << field;
  EXPECT_TRUE(claimed(R"({"model":"gpt","url":"https://a.b/c.mp3"})", "/v1/audio/transcriptions").open_ended);
}

TEST_F(open_claims_test, sound_is_billed_by_the_length_that_the_provider_tells) {
  price({beside(0)});
  const std::string file(48'000, 'x');
  transcribe(file);
  net::usage told;
  told.audio_milliseconds = 8471;
  told.told_milliseconds = 8000;
  told.seen = true;
  auto row = booked(told);
  EXPECT_EQ(row.usage.audio_milliseconds, 8471);
  EXPECT_EQ(row.usage_source, core::usage_source::provider);
  EXPECT_EQ(row.cost_nano, 8471);
  EXPECT_EQ(accounts_.settlements.back().cost, 8471);
  transcribe(file);
  told.seen = false;
  told.audio_milliseconds = 0;
  row = booked(told);
  EXPECT_EQ(row.usage.audio_milliseconds, 8000) << "the answer's own word, where there is no usage";
  EXPECT_EQ(row.usage_source, core::usage_source::provider);
  EXPECT_EQ(row.cost_nano, 8000);
}

TEST_F(open_claims_test, sound_whose_length_nobody_tells_is_estimated) {
  price({beside(0)});
  transcribe(std::string(48'000, 'x'));
  auto row = booked({});
  EXPECT_EQ(row.usage.audio_milliseconds, 3000) << "at 128 kbit/s";
  EXPECT_EQ(row.usage_source, core::usage_source::estimated);
  EXPECT_GE(row.cost_nano, 3000);
  transcribe(wave());
  EXPECT_EQ(booked({}).usage.audio_milliseconds, 1000);
  claimed();
  net::usage odd;
  odd.told_milliseconds = 5000;
  row = booked(odd);
  EXPECT_EQ(row.usage.audio_milliseconds, 0) << "of a chat's answer it may be anything";
  EXPECT_EQ(row.usage_source, core::usage_source::estimated);
}

} // namespace
} // namespace logos::ingress
