// SPDX-License-Identifier: MIT
#include "actors/administration/feedback.hpp"

#include <utility>

namespace logos::administration {
namespace {

constexpr std::pair<std::string_view, std::string_view> schemas[] = {
    {"Feedback",
     R"({"type":"object","additionalProperties":false,"properties":{"request_id":{"type":"string","format":"uuid",)"
     R"("description":"The answer's x-request-id."},"score":{"type":["number","null"],"minimum":0,"maximum":1},)"
     R"("label":{"type":["string","null"],"maxLength":100,"description":"In place of a score: good, bad, up, down,)"
     R"( correct, wrong and the like. Others are kept and teach nothing."},)"
     R"("comment":{"type":["string","null"],"maxLength":4096},"preferred_over":{"type":["string","null"],)"
     R"("description":"A model that did or would do worse, or the id of a request that it has answered."},)"
     R"("body":{"type":"object","description":"Administrators: what was asked, in place of request_id."},)"
     R"("model":{"type":"string","description":"Beside body: which model has answered."}}})"},
    {"FeedbackReceipt",
     R"({"type":"object","properties":{"id":{"type":"integer"},"request_id":{"type":["string","null"]},)"
     R"("model":{"type":["string","null"]},"learned":{"type":"boolean","description":"Whether it changed what is)"
     R"( known of models. False: it was said before, or is kept and teaches nothing."},"repeated":{"type":"boolean","description":"The same was said before, and is not learned again."}}})"},
    {"FeedbackRow",
     R"({"type":"object","properties":{"id":{"type":"integer"},"given_at":{"type":"string","format":"date-time"},)"
     R"("request_id":{"type":"string"},"process_id":{"type":["integer","null"]},"model_id":{"type":["integer","null"]},)"
     R"("model":{"type":["string","null"]},"preferred_over_model_id":{"type":["integer","null"]},)"
     R"("signal":{"type":"string","enum":["score","preferred","retry","regenerate","error","abandoned","forgotten","unfit",)"
     R"("accepted"]},)"
     R"("score":{"type":["number","null"]},"label":{"type":["string","null"]},"comment":{"type":["string","null"]},)"
     R"("trusted":{"type":"boolean"}}})"},
    {"Learning",
     R"({"type":"object","properties":{"node":{"type":"string"},"learned_up_to":{"type":"integer","description":)"
     R"("Id of the last row of feedback that was learned."},)"
     R"("remembered_requests":{"type":"integer"},"memory_bytes":{"type":"integer"},"models":{"type":"array","items":)"
     R"({"type":"object","properties":{"model_id":{"type":"integer"},"model":{"type":["string","null"]},)"
     R"("lessons":{"type":"integer"}}}}}})"},
};

} // namespace

std::string feedback_schemas() {
  std::string out;
  for (const auto& [name, schema] : schemas)
    out.append(",\"").append(name).append("\":").append(schema);
  return out;
}

} // namespace logos::administration
