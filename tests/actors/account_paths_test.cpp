// SPDX-License-Identifier: MIT
#include "actors/ingress/account_paths.hpp"

#include <gtest/gtest.h>

#include <string>

namespace logos::ingress {
namespace {

TEST(account_paths, the_providers_account_is_told_from_inference_however_it_is_spelled) {
  for (const std::string rest : {"files",
                                 "files/file-1/content",
                                 "Files",
                                 "f%69les",
                                 "files;x",
                                 "//files/",
                                 "uploads/u/parts",
                                 "batches",
                                 "fine_tuning/jobs",
                                 "organization/admin_api_keys",
                                 "assistants",
                                 "threads/t/runs",
                                 "vector_stores",
                                 "evals",
                                 "containers",
                                 "realtime/client_secrets",
                                 "messages/batches",
                                 "v1/auths/add",
                                 "V1/users",
                                 "api/v1/users",
                                 "%76%31/auths/add",
                                 "v1%2fauths",
                                 "chat%2Fcompletions",
                                 "models/ft:x",
                                 "auths/add",
                                 "deployments"})
    EXPECT_TRUE(is_account_path("POST", rest)) << rest;
  for (const std::string rest :
       {"chat/completions", "chat/completions/", "responses", "conversations", "videos",
        "chat/completions/chatcmpl-1/messages", "chat/deferred-completion/x", "video/generations/jobs",
        "video/generations/gen_1/content/video", "realtime/calls", "interactions/x"})
    EXPECT_TRUE(is_account_path("GET", rest)) << rest;
}

TEST(account_paths, inference_and_what_nobody_knows_is_everybodys) {
  for (const std::string rest :
       {"chat/completions", "responses", "responses/resp_1/cancel", "embeddings", "messages", "messages/count_tokens",
        "rerank", "images/edits", "audio/speech", "conversations", "videos", "something/new", "filesystem", "v12/x",
        "realtime/calls", "filesX", "something/files", "video/generations/jobs", "video/generations"})
    EXPECT_FALSE(is_account_path("POST", rest)) << rest;
  for (const std::string rest : {"responses/resp_1", "responses/resp_1/input_items", "videos/video_1/content"})
    for (const auto* method : {"GET", "DELETE"})
      EXPECT_FALSE(is_account_path(method, rest)) << rest;
}

TEST(account_paths, open_webui_serves_inference_only) {
  for (const std::string rest : {"chat/completions", "/chat/completions", "embeddings", "Chat//completions"})
    EXPECT_TRUE(is_inference_path(rest)) << rest;
  for (const std::string rest :
       {"config", "something/new", "v1/chat/completions", "chat/completed", "x/chat/completions", "chat%2fcompletions"})
    EXPECT_FALSE(is_inference_path(rest)) << rest;
}

TEST(account_paths, only_an_entry_that_goes_beyond_inference_opens_them) {
  for (const std::string pattern :
       {"/v1/files", "/v1/files/", "/v1/files*", "/v1/v1/*", "/openai/files*", "/openai/v1/vector_stores*",
        "/v1/chat/completions/*", "/v1/messages/batches*", "/v1/something/new", "/openai/deployments/x/files"})
    EXPECT_TRUE(opens_account(pattern, true)) << pattern;
  for (const std::string pattern : {"*",
                                    "/*",
                                    "/v1*",
                                    "/v1/*",
                                    "/v1/chat*",
                                    "/v1/chat/completions",
                                    "/v1/chat/completions/",
                                    "/v1/responses/*",
                                    "/v1/embeddings*",
                                    "/openai/*",
                                    "/openai/v1/*",
                                    "/openai/v*",
                                    "/openai/deployments/*",
                                    "/openai/deployments/x/*",
                                    "/openai/deployments/x*",
                                    "/admin/*",
                                    "/jobs/v1/files",
                                    "/v1/models",
                                    "/v1/models/*",
                                    "/v1/batches*",
                                    "/v1/feedback",
                                    "/v1/files/file-logos-*"})
    EXPECT_FALSE(opens_account(pattern, true)) << pattern;
}

TEST(account_paths, batches_are_the_accounts_where_they_are_relayed) {
  for (const std::string pattern : {"/v1/batches", "/v1/batches*", "/openai/v1/batches/*", "/v1/files/file-logos-*",
                                    "/openai/deployments/x/batches*"}) {
    EXPECT_TRUE(opens_account(pattern, false)) << pattern;
    EXPECT_FALSE(opens_account(pattern, true)) << pattern;
  }
  for (const std::string pattern : {"/v1/*", "/v1/b*", "/v1/models*", "/v1/feedback"})
    EXPECT_EQ(opens_account(pattern, false), opens_account(pattern, true)) << pattern;
}

} // namespace
} // namespace logos::ingress
