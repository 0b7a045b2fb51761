// SPDX-License-Identifier: MIT
#include "tests/actors/administration_fixture.hpp"

namespace logos::tests {
namespace {

/// A user, and what becomes of a change under conditions.
class conditions_test : public administration_fixture {
protected:
  conditions_test() {
    const auto made = make("users", R"({"username":"ann"})");
    at_ = "/admin/v1/users/" + std::to_string(made.number("id"));
    version_ = made.number("version");
  }
  std::string tag(std::int64_t version) const { return "\"" + std::to_string(version) + "\""; }
  /// The status of a change, which is undone as far as versions go: `version_` follows.
  int change(std::vector<fake_exchange::line> headers) {
    const auto r = call("PATCH", at_, R"({"prename":"A."})", -1, std::move(headers));
    if (r.status == 200) version_ = r.number("version");
    return r.status;
  }

  std::string at_;
  std::int64_t version_ = 0;
};

TEST_F(conditions_test, one_etag_of_a_list_is_enough) {
  EXPECT_EQ(change({{"If-Match", "\"x\", " + tag(version_)}}), 200);
  EXPECT_EQ(change({{"If-Match", tag(version_) + " ,\t" + tag(version_ + 7)}}), 200);
  EXPECT_EQ(change({{"If-Match", ",, " + tag(version_) + ","}}), 200) << "empty members mean nothing";
  EXPECT_EQ(change({{"If-Match", "\"a,b\"," + tag(version_)}}), 200) << "a comma within quotes is part of its tag";
  EXPECT_EQ(change({{"If-Match", tag(version_ + 1) + "," + tag(version_ + 2)}}), 412);
}

TEST_F(conditions_test, several_lines_are_one_list) {
  EXPECT_EQ(change({{"If-Match", "\"x\""}, {"if-match", tag(version_)}}), 200);
  EXPECT_EQ(change({{"If-Match", "\"x\""}, {"if-match", "\"y\""}}), 412);
}

TEST_F(conditions_test, a_weak_etag_never_matches) {
  EXPECT_EQ(change({{"If-Match", "W/" + tag(version_)}}), 412);
  EXPECT_EQ(change({{"If-Match", "W/" + tag(version_) + ", \"x\""}}), 412);
  EXPECT_EQ(change({{"If-Match", "W/\"x\", " + tag(version_)}}), 200);
}

TEST_F(conditions_test, a_star_is_any_version_and_an_etag_is_compared_as_text) {
  EXPECT_EQ(change({{"If-Match", "*"}}), 200);
  EXPECT_EQ(change({{"If-Match", " * "}}), 200);
  EXPECT_EQ(change({{"If-Match", "\"0" + std::to_string(version_) + "\""}}), 412);
}

TEST_F(conditions_test, what_is_no_list_of_etags_changes_nothing) {
  const auto fine = tag(version_);
  for (const auto& text : {std::string{}, std::string{"rubbish"}, fine + " " + fine, fine.substr(0, fine.size() - 1),
                           fine + ", *", "w/" + fine, "\"a b\", " + fine, "W/" + std::to_string(version_)})
    EXPECT_EQ(change({{"If-Match", text}}), 412) << text;
}

TEST_F(conditions_test, removals_and_rotations_heed_them_too) {
  EXPECT_EQ(call("DELETE", at_, {}, -1, {{"If-Match", "W/" + tag(version_)}}).status, 412);
  EXPECT_EQ(call("DELETE", at_, {}, -1, {{"If-Match", "\"x\", " + tag(version_)}}).status, 204);
  const auto made = make("processes", R"({"name":"app"})");
  const auto rotate = "/admin/v1/processes/" + std::to_string(made.number("id")) + "/rotate";
  const auto now = tag(made.number("version"));
  EXPECT_EQ(call("POST", rotate, {}, -1, {{"If-Match", "W/" + now}}).status, 412);
  EXPECT_EQ(call("POST", rotate, {}, -1, {{"If-Match", "\"x\"," + now}}).status, 200);
}

TEST_F(conditions_test, who_has_the_present_version_is_sent_nothing) {
  const auto present = tag(version_);
  for (const auto& tags : {present, "W/" + present, tag(7) + ", " + present, std::string{"*"}}) {
    const auto same = call("GET", at_, {}, root_id(), {{"If-None-Match", tags}});
    EXPECT_EQ(same.status, 304) << tags;
    EXPECT_TRUE(same.body.empty());
    EXPECT_NE(same.headers.find("ETag: " + present), std::string::npos);
  }
  ASSERT_EQ(change({}), 200);
  for (const auto& tags : {present, std::string{"nonsense"}})
    EXPECT_EQ(call("GET", at_, {}, root_id(), {{"If-None-Match", tags}}).status, 200) << tags;
}

/// The ETag of an answer, with its quotes.
std::string etag_of(std::string_view headers) {
  const auto at = headers.find("ETag: ") + 6;
  return std::string{headers.substr(at, headers.find('\r', at) - at)};
}

TEST_F(conditions_test, an_etag_ends_with_the_names_of_others_that_were_shown) {
  make_gemma();
  const auto app = make("processes", R"({"name":"app","allowed_models":["gemma"]})");
  const auto may =
      make("permissions", R"({"profile_id":)" + std::to_string(app.number("profile_id")) + R"(,"model":"gemma"})");
  const auto model = "/admin/v1/models/" + std::to_string(may.number("model_id"));
  const auto deployment = snapshot_->deployments.at(0).id;
  const std::vector<std::string> paths{"/admin/v1/permissions/" + std::to_string(may.number("id")),
                                       "/admin/v1/processes/" + std::to_string(app.number("id")),
                                       "/admin/v1/deployments/" + std::to_string(deployment)};
  EXPECT_EQ(etag_of(may.headers), etag_of(call("GET", paths[0]).headers)) << "who made it need not read it again";
  std::vector<std::string> before;
  for (const auto& path : paths) {
    before.push_back(etag_of(call("GET", path).headers));
    EXPECT_EQ(call("GET", path, {}, root_id(), {{"If-None-Match", before.back()}}).status, 304) << path;
  }
  ASSERT_EQ(call("PATCH", model, R"({"name":"gemma-renamed"})").status, 200);
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const auto now = call("GET", paths[i], {}, root_id(), {{"If-None-Match", before[i]}});
    EXPECT_EQ(now.status, 200) << paths[i];
    EXPECT_TRUE(now.says("gemma-renamed")) << now.body;
    EXPECT_NE(etag_of(now.headers), before[i]) << paths[i];
  }
  EXPECT_EQ(call("PATCH", paths[1], R"({"weight":2})", -1, {{"If-Match", before[1]}}).status, 200)
      << "nobody has changed the process";
  EXPECT_EQ(call("PATCH", paths[1], R"({"weight":3})", -1, {{"If-Match", before[1]}}).status, 412);
}

TEST_F(conditions_test, what_was_read_of_a_permission_for_everything_may_be_sent_back) {
  make_gemma();
  const auto app = make("processes", R"({"name":"app"})");
  const auto may =
      make("permissions", R"({"profile_id":)" + std::to_string(app.number("profile_id")) + R"(,"model":"*"})");
  const auto path = "/admin/v1/permissions/" + std::to_string(may.number("id"));
  EXPECT_EQ(call("PATCH", path, call("GET", path).body).status, 200);
  ASSERT_EQ(call("PATCH", path, R"({"model":"gemma"})").status, 200);
  const auto refused = call("PATCH", path, R"({"model_id":null})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_TRUE(refused.says("a positive integer, not null.")) << refused.body;
}

} // namespace
} // namespace logos::tests
