// SPDX-License-Identifier: MIT
#include "config/validate.hpp"
#include "sample.hpp"
#include "tests/support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace logos::config {
namespace {

using testing::complaints;

class files : public ::testing::Test {
protected:
  std::filesystem::path write(std::string_view name, std::string_view text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }

  test::temporary_folder folder_;
};

TEST_F(files, a_file_is_read_with_the_secrets_that_it_names) {
  const auto secret = write("secret", "0123456789abcdef\r\n");
  const auto path = write("logos.yaml", "secret_key: file:" + secret.string() + "\nlisten: 127.0.0.1:0\n");
  const auto result = read_settings(path, {}, {});
  ASSERT_TRUE(result.value) << complaints(result);
  EXPECT_EQ(result.value->secret_key.reveal(), "0123456789abcdef");
  EXPECT_EQ(result.value->listen.port, 0);
}

TEST_F(files, no_file_is_the_defaults_and_a_missing_one_a_problem) {
  EXPECT_TRUE(read_settings(std::nullopt, {}, {}).value);
  const auto missing = read_settings(folder_ / "not.yaml", {}, {});
  EXPECT_FALSE(missing.value);
  EXPECT_EQ(complaints(missing),
            (folder_ / "not.yaml").string() + ": cannot be read; does it exist, and is it a file?\n");
  EXPECT_FALSE(read_settings(folder_.path(), {}, {}).value);
}

TEST_F(files, a_certificate_that_is_not_there_is_found_before_the_start) {
  const auto certificate = write("cert.pem", "");
  const auto path = write("logos.yaml", "demo: true\ntls:\n  certificate: " + certificate.string() +
                                            "\n  key: " + (folder_ / "key.pem").string() + "\n");
  const auto result = read_settings(path, {}, {});
  EXPECT_FALSE(result.value);
  ASSERT_EQ(result.problems.size(), 1u);
  EXPECT_EQ(result.problems[0].key, "tls.key");
  EXPECT_EQ(result.problems[0].line, 4);
  EXPECT_EQ(result.problems[0].message, "there is no file '" + (folder_ / "key.pem").string() + "'");
}

TEST_F(files, every_named_file_is_checked) {
  settings s;
  s.tls = tls_settings{"/not/1", "/not/2"};
  s.cluster.emplace().tls = cluster_tls_settings{"/not/3", "/not/4", folder_.path().string()};
  s.providers.resize(1);
  s.providers[0].tls.ca = "/not/5";
  const auto problems = validate_files(s);
  ASSERT_EQ(problems.size(), 6u);
  EXPECT_EQ(problems[4].message, "'" + folder_.path().string() + "' is a folder");
  EXPECT_EQ(problems[5].key, "providers[0].tls.ca");
}

TEST(process_environment, is_what_the_process_has) {
  ::setenv("LOGOS_TEST_VARIABLE", "a=b", 1);
  EXPECT_EQ(process_environment().at("LOGOS_TEST_VARIABLE"), "a=b");
  ::unsetenv("LOGOS_TEST_VARIABLE");
}

} // namespace
} // namespace logos::config
