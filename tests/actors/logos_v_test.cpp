// SPDX-License-Identifier: MIT
#include "actors/classification/logos_v.hpp"

#include <gtest/gtest.h>

#include <random>

namespace logos::classification {
namespace {

using core::privacy_level;

wish read(std::string_view name) {
  auto out = parse_logos_v(name);
  EXPECT_TRUE(out.has_value()) << name << ": "
                               << (out ? "" : std::to_string(out.error().position) + " " + out.error().message);
  return out ? *out : wish{};
}

/// The text from the character on that a problem points at.
std::string blamed(std::string_view name) {
  const auto out = parse_logos_v(name);
  EXPECT_FALSE(out.has_value()) << name;
  if (out) return "nothing";
  EXPECT_GE(out.error().position, 1U) << name;
  EXPECT_LE(out.error().position, name.size() + 1) << name;
  EXPECT_FALSE(out.error().message.empty());
  return std::string{name.substr(out.error().position - 1)};
}

TEST(logos_v, only_names_that_go_on_with_a_number_a_segment_or_nothing_ask_for_a_choice) {
  for (const auto* name :
       {"logos-v", "logos-v1", "logos-v1.0", "logos-v1.0__policy_default=true", "logos-vX__policy_cost=1"})
    EXPECT_TRUE(asks_for_choice(name)) << name;
  for (const auto* name : {"", "logos", "logos-vision", "Logos-v1", "gpt", "xlogos-v1", "logos-v-large"})
    EXPECT_FALSE(asks_for_choice(name)) << name;
}

TEST(logos_v, what_upstream_accepted_is_read) {
  EXPECT_EQ(read("logos-v1.0").version, "1.0");
  EXPECT_EQ(read("logos-v1.0__policy_default=true"), (wish{.version = "1.0"}));
  const auto w = read("logos-v1__policy_default=false_privacy=LOCAL_cost=5");
  EXPECT_FALSE(w.by_default);
  EXPECT_EQ(w.privacy, privacy_level::local);
  EXPECT_EQ(w.cost, 5);
  EXPECT_FALSE(w.latency || w.accuracy || w.quality);
  EXPECT_EQ(read("logos-v1__policy_privacy=LOCAL").privacy, privacy_level::local);
  EXPECT_EQ(read("logos-v1__foo=bar"), (wish{.version = "1"})) << "keys that are no policy's are left out";
  EXPECT_EQ(read("logos-v1__foo=bar__policy_cost=2").cost, 2);
  EXPECT_EQ(read("logos-v1__my_policy_cost=2").cost, 2) << "a segment with 'policy_' in it is a policy's";
  EXPECT_EQ(read("logos-v").version, "");
  EXPECT_EQ(read("logos-vX.1b__policy_cost=2").version, "X.1b");
}

TEST(logos_v, what_upstream_documented_is_read) {
  const auto w = read("logos-v1__policy_default=false__privacy=LOCAL__cost=5");
  EXPECT_FALSE(w.by_default);
  EXPECT_EQ(w.privacy, privacy_level::local);
  EXPECT_EQ(w.cost, 5);
}

TEST(logos_v, values_with_underscores_stand_anywhere_in_a_policy) {
  const auto first = read("logos-v1__policy_privacy=CLOUD_IN_EU_BY_EU_PROVIDER_cost=-5_accuracy=1024");
  EXPECT_EQ(first.privacy, privacy_level::cloud_in_eu_by_eu_provider);
  EXPECT_EQ(first.cost, -5);
  EXPECT_EQ(first.accuracy, 1024);
  const auto last =
      read("logos-v1__policy_default=false_latency=+3_quality=-1024_privacy=CLOUD_NOT_IN_EU_BY_US_PROVIDER");
  EXPECT_EQ(last.privacy, privacy_level::cloud_not_in_eu_by_us_provider);
  EXPECT_EQ(last.latency, 3);
  EXPECT_EQ(last.quality, -1024);
  const auto more = read("logos-v1__policy_topic=law_of_the_sea_priority=high__policy=house_rules");
  EXPECT_EQ(more.topic, "law_of_the_sea");
  EXPECT_EQ(more.priority, core::priority_high);
  EXPECT_EQ(more.policy, "house_rules");
}

TEST(logos_v, a_key_that_is_there_twice_is_blamed_where_it_comes_again) {
  EXPECT_EQ(blamed("logos-v1__policy_cost=5_cost=6"), "cost=6");
  EXPECT_EQ(blamed("logos-v1__policy_cost=5_cost=5"), "cost=5");
  EXPECT_EQ(blamed("logos-v1__policy_privacy=LOCAL_privacy=CLOUD_IN_EU_BY_US_PROVIDER"),
            "privacy=CLOUD_IN_EU_BY_US_PROVIDER");
  EXPECT_EQ(blamed("logos-v1__policy_cost=1__policy_quality=2_cost=-3"), "cost=-3");
  EXPECT_EQ(blamed("logos-v1__cost=1__policy_cost=2"), "cost=2");
  EXPECT_EQ(blamed("logos-v1__policy_default=true_cost=1_default=true"), "default=true");
  EXPECT_EQ(blamed("logos-v1__policy=house__policy=other"), "policy=other");
  EXPECT_EQ(blamed("logos-v1__topic=law__topic=law"), "topic=law");
  EXPECT_EQ(read("logos-v1__foo=1__foo=2"), (wish{.version = "1"})) << "what is left out may be there twice";
}

TEST(logos_v, a_problem_points_at_its_first_character) {
  EXPECT_EQ(blamed("logos-v1__foo"), "foo");
  EXPECT_EQ(blamed("logos-v1__"), "");
  EXPECT_EQ(blamed("logos-v1____policy_cost=1"), "__policy_cost=1");
  EXPECT_EQ(blamed("logos-v1__policy_"), "");
  EXPECT_EQ(blamed("logos-v1__policy_default=maybe"), "maybe");
  EXPECT_EQ(blamed("logos-v1__policy_cost=5_default=false_foo"), "false_foo");
  EXPECT_EQ(blamed("logos-v1__policy_default=false"), "false");
  EXPECT_EQ(blamed("logos-v1__policy_cost=cheap_privacy=LOCAL"), "cheap_privacy=LOCAL");
  EXPECT_EQ(blamed("logos-v1__policy_cost=1025"), "1025");
  EXPECT_EQ(blamed("logos-v1__policy_cost=5_speed=3"), "speed=3");
  EXPECT_EQ(blamed("logos-v1__policy_privacy=CLOUD_cost=5"), "CLOUD_cost=5");
  EXPECT_EQ(blamed("logos-v1__policy_privacy="), "");
  EXPECT_EQ(blamed("logos-v1__policy_=5"), "=5");
  EXPECT_EQ(blamed("logos-v1__privcy=LOCAL"), "privcy=LOCAL") << "a privacy that is mistyped is not left out";
  EXPECT_EQ(blamed("logos-v1__Privacy=LOCAL"), "Privacy=LOCAL");
  EXPECT_EQ(parse_logos_v("logos-v1__policy_topic=\xc3\xa4_cost=x").error().position, 31U) << "characters, not bytes";
  const auto said = refusal_of("logos-v1__foo", parse_logos_v("logos-v1__foo").error());
  EXPECT_EQ(said.code, core::ec::bad_field);
  EXPECT_NE(said.message.find("at character 11, "), std::string::npos) << said.message;
}

TEST(logos_v, a_mistyped_separator_is_blamed_and_drops_nothing) {
  for (const auto& [name, at] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"logos-v1_policy_privacy=LOCAL", "_policy_privacy=LOCAL"},
           {"logos-v1.0-privacy=LOCAL", "-privacy=LOCAL"},
           {"logos-v1 __policy_privacy=LOCAL", " __policy_privacy=LOCAL"},
           {"logos-v1_", "_"},
           {"logos-v1__foo=1_privacy=LOCAL", "=LOCAL"},
           {"logos-v1__foo=1,privacy=LOCAL__policy_cost=2", "=LOCAL__policy_cost=2"},
           {"logos-v1__policy_topic=law,privacy=LOCAL", "=LOCAL"},
           {"logos-v1__topic=law,privacy=LOCAL_cost=5", "=LOCAL_cost=5"},
           {"logos-v1__policy-privacy=LOCAL", "policy-privacy=LOCAL"},
           {"logos-v1__policy-privcy=LOCAL", "policy-privcy=LOCAL"},
           {"logos-v1__Policy_privacy=LOCAL", "Policy_privacy=LOCAL"},
           {"logos-v1__policyprivacy=LOCAL", "policyprivacy=LOCAL"},
           {"logos-v1__privacy:LOCAL_cost=5", "privacy:LOCAL_cost=5"},
           {"logos-v1__privacy=LOCAL,policy_cost=5", "LOCAL,policy_cost=5"},
           {"logos-v1__foo=1_policy_cost=5", "policy_cost=5"},
           {"logos-v1__privacy:LOCAL_policy_cost=5", "policy_cost=5"}})
    EXPECT_EQ(blamed(name), at) << name;
}

/// Any wish, as somebody may write it.
class writer {
public:
  explicit writer(unsigned seed) : random_{seed} {}

  wish any() {
    wish w{.version = std::to_string(number(0, 9)) + (flip() ? ".0" : "")};
    if (flip()) w.privacy = static_cast<privacy_level>(number(0, 3));
    for (auto* each : {&w.latency, &w.accuracy, &w.cost, &w.quality})
      if (flip()) *each = number(lowest_weight, highest_weight);
    if (flip()) w.priority = static_cast<core::priority>(number(1, 10));
    if (flip()) w.topic = flip() ? "law" : "law_of_the_sea";
    w.by_default = w == wish{.version = w.version} || flip();
    return w;
  }

  std::string write(const wish& w) {
    std::vector<std::string> pairs{std::string{"default="} + (w.by_default ? "true" : "false")};
    if (w.privacy) pairs.push_back("privacy=" + std::string{to_string(*w.privacy)});
    const auto add = [&](std::string_view key, const auto& value) {
      if (value) pairs.push_back(std::string{key} + "=" + std::to_string(*value));
    };
    add("latency", w.latency);
    add("accuracy", w.accuracy);
    add("cost", w.cost);
    add("quality", w.quality);
    add("priority", w.priority);
    if (!w.topic.empty()) pairs.push_back("topic=" + w.topic);
    std::shuffle(pairs.begin(), pairs.end(), random_);
    std::string out = "logos-v" + w.version + "__policy_";
    for (std::size_t i = 0; i < pairs.size(); ++i)
      out.append(i == 0 ? "" : flip() ? "_" : flip() ? "__" : "__policy_").append(pairs[i]);
    return out;
  }

  std::string spoil(std::string text) {
    for (int i = number(1, 6); i > 0 && !text.empty(); --i) {
      const auto at = static_cast<std::size_t>(number(0, static_cast<int>(text.size()) - 1));
      if (flip())
        text.erase(at, static_cast<std::size_t>(number(1, 5)));
      else
        text.insert(at, 1, flip() ? "_=-v1\xc3"[number(0, 5)] : static_cast<char>(number(0, 255)));
    }
    return text;
  }

private:
  int number(int least, int most) { return std::uniform_int_distribution{least, most}(random_); }
  bool flip() { return number(0, 1) == 1; }
  std::mt19937 random_;
};

TEST(logos_v, whatever_a_policy_can_say_is_read_as_it_was_written) {
  writer hand{1};
  for (int i = 0; i < 5000; ++i) {
    const auto w = hand.any();
    const auto name = hand.write(w);
    ASSERT_EQ(read(name), w) << name;
  }
}

TEST(logos_v, whatever_stands_there_is_read_or_blamed_at_a_character_of_it) {
  writer hand{2};
  int refused = 0;
  for (int i = 0; i < 20000; ++i) {
    const auto name = hand.spoil(hand.write(hand.any()));
    const auto out = parse_logos_v(name);
    if (out) continue;
    ++refused;
    ASSERT_GE(out.error().position, 1U) << name;
    ASSERT_LE(out.error().position, name.size() + 1) << name;
    ASSERT_FALSE(out.error().message.empty()) << name;
  }
  EXPECT_GT(refused, 1000);
}

TEST(logos_v, a_privacy_that_is_asked_for_is_never_dropped_silently) {
  writer hand{3};
  int asked = 0, refused = 0;
  for (int i = 0; i < 20000; ++i) {
    const auto name = hand.spoil(hand.write(hand.any()));
    const auto mentioned = name.find("privacy=") != std::string::npos;
    const auto out = parse_logos_v(name);
    asked += mentioned ? 1 : 0;
    refused += mentioned && !out ? 1 : 0;
    if (!mentioned || !out) continue;
    ASSERT_TRUE(out->privacy || !out->policy.empty()) << name;
  }
  EXPECT_GT(asked, 3000);
  EXPECT_GT(refused, 500);
}

} // namespace
} // namespace logos::classification
