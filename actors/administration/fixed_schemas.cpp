// SPDX-License-Identifier: MIT
#include "actors/administration/fixed_schemas.hpp"

namespace logos::administration {
namespace {

constexpr std::pair<std::string_view, std::string_view> all[] = {
    {"Problem",
     R"({"type":"object","description":"RFC 9457.","properties":{"type":{"type":"string"},"title":{"type":"string"},)"
     R"("status":{"type":"integer"},"detail":{"type":"string"},"param":{"type":"string"},"code":{"type":"string"}}})"},
    {"OpenAIError",
     R"({"type":"object","properties":{"error":{"type":"object","properties":{"message":{"type":"string"},)"
     R"("type":{"type":"string"},"param":{"type":["string","null"]},"code":{"type":"string"}}}}})"},
    {"Health",
     R"({"type":"object","properties":{"status":{"type":"string"},"node":{"type":"string"},)"
     R"("version":{"type":"string"},"uptime_s":{"type":"integer"},"models":{"type":"array","items":{"type":"object",)"
     R"("properties":{"name":{"type":"string"},"state":{"type":"string","enum":["up","down","unknown"]},)"
     R"("providers":{"type":"array","items":{"type":"object"}}}}}}})"},
    {"Ready",
     R"({"type":"object","properties":{"status":{"type":"string","enum":["ready","degraded","draining","starting"]},)"
     R"("database":{"type":"string","enum":["up","away"]},"detail":{"type":"string"},)"
     R"("catalog_version":{"type":["integer","null"]}}})"},
    {"ForwardedHost", R"({"type":"object","properties":{"host":{"type":["string","null"]}}})"},
    {"ModelObject", R"({"type":"object","properties":{"id":{"type":"string"},"object":{"type":"string"},)"
                    R"("created":{"type":"integer"},"owned_by":{"type":"string"}}})"},
    {"ModelList", R"({"type":"object","properties":{"object":{"type":"string"},"data":{"type":"array",)"
                  R"("items":{"$ref":"#/components/schemas/ModelObject"}}}})"},
    {"Relayed", R"({"type":"object","description":"As the provider defines it; relayed unchanged."})"},
    {"JobReceipt", R"({"type":"object","properties":{"job_id":{"type":"integer"},"status_url":{"type":"string"},)"
                   R"("profile_id":{"type":["integer","null"]}}})"},
    {"Job",
     R"({"type":"object","properties":{"job_id":{"type":"integer"},"status":{"type":"string","enum":["pending",)"
     R"("running","success","failed","cancelled"]},"result":{"type":["object","null"],"description":"Of a job that)"
     R"( succeeded: status_code and data. Not in lists."},"error":{"type":["string","null"],"description":"Why it)"
     R"( failed."},"response":{"type":["object","null"],"description":"Of a failed job: status_code and data of the)"
     R"( answer. Not in lists."},"status_code":{"type":["integer","null"]},"created_at":{"type":"string"},)"
     R"("updated_at":{"type":"string"},"expires_at":{"type":"string"},"profile_id":{"type":["integer","null"]},)"
     R"("process_id":{"type":"integer"},"method":{"type":"string"},"path":{"type":"string"},)"
     R"("priority":{"type":"integer"},"attempts":{"type":"integer"},"cancelling":{"type":"boolean"},)"
     R"("request_id":{"type":["string","null"]}}})"},
    {"FileUpload", R"({"type":"object","required":["file","purpose"],"properties":{"purpose":{"type":"string",)"
                   R"("enum":["batch"]},"file":{"type":"string","format":"binary"},)"
                   R"("expires_after[anchor]":{"type":"string","enum":["created_at"]},)"
                   R"("expires_after[seconds]":{"type":"integer","minimum":3600,"maximum":2592000}}})"},
    {"File", R"({"type":"object","properties":{"id":{"type":"string"},"object":{"type":"string"},)"
             R"("bytes":{"type":"integer"},"created_at":{"type":"integer"},"expires_at":{"type":"integer"},)"
             R"("filename":{"type":"string"},)"
             R"("purpose":{"type":"string"},"status":{"type":"string"}}})"},
    {"FileRemoval", R"({"type":"object","properties":{"id":{"type":"string"},"object":{"type":"string"},)"
                    R"("deleted":{"type":"boolean"}}})"},
    {"FileList", R"({"type":"object","properties":{"object":{"type":"string"},"data":{"type":"array",)"
                 R"("items":{"$ref":"#/components/schemas/File"}},"first_id":{"type":["string","null"]},)"
                 R"("last_id":{"type":["string","null"]},"has_more":{"type":"boolean"}}})"},
    {"BatchRequest", R"({"type":"object","required":["input_file_id","endpoint","completion_window"],"properties":)"
                     R"({"input_file_id":{"type":"string"},"endpoint":{"type":"string",)"
                     R"("description":"Where its lines are sent: a path that takes and answers JSON, such as )"
                     R"(/v1/chat/completions. Another one is refused with all there are."},)"
                     R"("completion_window":{"type":"string","examples":["24h"]},"metadata":{"type":"object"},)"
                     R"("output_expires_after":{"type":["object","null"],"required":["anchor","seconds"],)"
                     R"("properties":{"anchor":{"type":"string","enum":["created_at"]},"seconds":)"
                     R"({"type":"integer","minimum":3600,"maximum":2592000}}}}})"},
    {"Batch", R"({"type":"object","description":"As OpenAI defines it.","properties":{"id":{"type":"string"},)"
              R"("status":{"type":"string","enum":["validating","failed","in_progress","finalizing","completed",)"
              R"("expired","cancelling","cancelled"]},"output_file_id":{"type":["string","null"]},)"
              R"("error_file_id":{"type":["string","null"]},"request_counts":{"type":"object"},)"
              R"("model":{"type":["string","null"],"description":"That every line names."},)"
              R"("usage":{"type":["object","null"],"description":"Of the answers in its files."}}})"},
    {"BatchList", R"({"type":"object","properties":{"object":{"type":"string"},"data":{"type":"array",)"
                  R"("items":{"$ref":"#/components/schemas/Batch"}},"first_id":{"type":["string","null"]},)"
                  R"("last_id":{"type":["string","null"]},"has_more":{"type":"boolean"}}})"},
    {"TokenizeCountRequest",
     R"({"type":"object","description":"Either 'input', or a chat, whose other members are not read.",)"
     R"("properties":{"model":{"type":"string","description":"Default: o200k_base counts."},)"
     R"("input":{"type":"string"},"messages":{"type":"array","items":{"type":"object"}},)"
     R"("tools":{"type":["array","null"],"items":{"type":"object"}}}})"},
    {"TokenCount", R"({"type":"object","properties":{"count":{"type":"integer"},"exact":{"type":"boolean",)"
                   R"("description":"False: an estimate."},"encoding":{"type":"string"}}})"},
    {"TokenizeRequest", R"({"type":"object","required":["input"],"additionalProperties":false,)"
                        R"("properties":{"model":{"type":"string"},"input":{"type":"string"}}})"},
    {"TokenList", R"({"type":"object","properties":{"tokens":{"type":"array","items":{"type":"integer"}},)"
                  R"("encoding":{"type":"string"}}})"},
    {"DetokenizeRequest", R"({"type":"object","required":["tokens"],"additionalProperties":false,"properties":)"
                          R"({"model":{"type":"string"},"tokens":{"type":"array","items":{"type":"integer"}}}})"},
    {"TokenText", R"({"type":"object","properties":{"text":{"type":"string",)"
                  R"("description":"Bytes that are not UTF-8 are U+FFFD."}}})"},
    {"Rotation",
     R"({"type":"object","additionalProperties":false,"properties":{"grace_s":{"type":"integer",)"
     R"("minimum":0,"maximum":2592000,"default":0,"description":"Seconds for which the old key still works."}}})"},
    {"Why",
     R"({"type":"object","properties":{"request_id":{"type":"string"},"state":{"type":"string","enum":["deciding",)"
     R"("reserving","waiting","running","ended"]},"summary":{"type":"string"},"tickets":{"type":"array",)"
     R"("description":"Of one that waits: position, places, blocked_by, joins_in_us (of a deferred one), starts_in_us and first_token_in_us (null: not known), per deployment.",)"
     R"("items":{"type":"object"}},"candidates":{"type":"array","items":{"type":"object"}},)"
     R"("running":{"type":["object","null"]},"decision":{"type":["string","null"]},)"
     R"("equal_up_to_us":{"type":["integer","null"],"description":"Who was expected within this counted as good as the )"
     R"(best; null: there was no choice."},"alternatives":{"type":"array","description":"Deployments as they were weighed )"
     R"(when it was last asked for at several, in the order in which they were asked.","items":{"type":"object",)"
     R"("properties":{"deployment_id":{"type":["integer","null"]},"provider":{"type":["string","null"]},)"
     R"("model":{"type":["string","null"]},"rank":{"type":"integer"},"chosen":{"type":"boolean"},)"
     R"("known":{"type":"boolean"},"open":{"type":"boolean"},"expected_us":{"type":"integer","description":"Until the )"
     R"(first token: wait, load and first token, and more for failures. The least is best."},)"
     R"("wait_us":{"type":"integer"},"load_us":{"type":"integer"},"first_token_us":{"type":"integer"},)"
     R"("failed_permille":{"type":"integer"},"as_good_as_the_best":{"type":"boolean"},"price":{"type":"string"},)"
     R"("busy_permille":{"type":"integer"},"familiar":{"type":"boolean","description":"Requests of this key that begin )"
     R"(so go there."},"deferred_us":{"type":"integer"}}}},)"
     R"("classification_statistics":{"type":["object","null"]}}})"},
    {"QueuedRequest",
     R"({"type":"object","description":"A request at one of the deployments where it waits; the list also has `silent`,)"
     R"( providers whose SCHEDULER did not answer.","properties":{"request_id":{"type":"string"},)"
     R"("deployment_id":{"type":["integer","null"]},"model":{"type":["string","null"]},)"
     R"("provider_id":{"type":"integer"},"provider":{"type":["string","null"]},"process_id":{"type":["integer","null"]},)"
     R"("state":{"type":"string","enum":["waiting","deferred"],"description":"Deferred: an answer is expected sooner)"
     R"( elsewhere."},"position":{"type":["integer","null"]},"priority":{"type":"integer"},)"
     R"("counts_as":{"type":"integer","description":"The priority that it has risen to."},"mode":{"type":"string"},)"
     R"("tokens":{"type":"integer","description":"Estimated, prompt and answer."},"weight":{"type":"integer"},)"
     R"("since":{"type":"string","format":"date-time"},"waited_us":{"type":"integer"},)"
     R"("deadline_in_us":{"type":"integer"},"starts_in_us":{"type":["integer","null"],"description":"Expected."},)"
     R"("first_token_in_us":{"type":["integer","null"]},"load_left_us":{"type":["integer","null"]},)"
     R"("blocked_by":{"type":["string","null"]}}})"},
    {"ModelOrder",
     R"({"type":"object","properties":{"deployment_id":{"type":"integer"},"model":{"type":"string"},)"
     R"("provider":{"type":"string"},"action":{"type":"string","enum":["load","unload"]},)"
     R"("state":{"type":"string","enum":["cold","loading","warm","draining","leaving"]},"detail":{"type":"string"}}})"},
    {"Event",
     R"({"type":"object","properties":{"id":{"type":"integer"},"at":{"type":"string","format":"date-time"},)"
     R"("actor_id":{"type":["integer","null"],"description":"The process whose key was used."},)"
     R"("actor":{"type":"string","description":"Its name, or `config file X`, `first start`, `command line`."},)"
     R"("address":{"type":["string","null"]},"action":{"type":"string","enum":["create","update","remove","rerate",)"
     R"("test_alert","load","unload","import","break","export"]},)"
     R"("resource":{"type":"string"},"resource_id":{"type":["integer","null"]},"name":{"type":["string","null"]},)"
     R"("before":{"type":["object","null"],"description":"Named as the columns; a secret is `set` or `changed`."},)"
     R"("after":{"type":["object","null"]},"previous_hash":{"type":"string"},"hash":{"type":"string"}}})"},
    {"ChainCheck", R"({"type":"object","properties":{"intact":{"type":"boolean"},"checked":{"type":"integer"},)"
                   R"("first_wrong":{"type":["integer","null"]},"detail":{"type":["string","null"]}}})"},
    {"Alert",
     R"({"type":"object","properties":{"id":{"type":"integer"},"alert_id":{"type":"string",)"
     R"("description":"What receivers know it by: `id` in the message, and x-logos-alert-id."},)"
     R"("budget_id":{"type":"integer"},"scope":{"type":"string"},"scope_id":{"type":"integer"},)"
     R"("period":{"type":"string"},"period_start":{"type":["string","null"],"format":"date-time"},)"
     R"("threshold_percent":{"type":["integer","null"],"description":"Null: a test."},)"
     R"("amount":{"type":"string"},"spent":{"type":"string"},"currency":{"type":"string"},)"
     R"("occurred_at":{"type":"string","format":"date-time"},)"
     R"("state":{"type":"string","enum":["pending","delivered","failed","unaddressed"]},"attempts":{"type":"integer"},)"
     R"("next_try_at":{"type":["string","null"],"format":"date-time"},)"
     R"("delivered_at":{"type":["string","null"],"format":"date-time"},"last_error":{"type":["string","null"]}}})"},
    {"Balance",
     R"({"type":"object","properties":{"budget_id":{"type":"integer"},"scope":{"type":"string"},)"
     R"("scope_id":{"type":"integer"},"period":{"type":"string"},)"
     R"("period_start":{"type":["string","null"],"format":"date-time","description":"Null: of a total budget."},)"
     R"("period_end":{"type":["string","null"],"format":"date-time"},"amount":{"type":"string"},)"
     R"("credits":{"type":"string","description":"What the credits of this period come to; below 0: so much less may )"
     R"(be spent. Together with `amount` they count as 0 at least."},)"
     R"("spent":{"type":"string","description":"By requests that have ended. Of the LEDGER; where `unknown` says why it )"
     R"(does not tell, of the books, which are about a second behind."},)"
     R"("held":{"type":["string","null"],"description":"What requests that still run may cost at most. Null: not )"
     R"(known now."},"remaining":{"type":["string","null"],"description":"`amount` and `credits` without `spent` and `held`, at )"
     R"(least 0: what a new request may hold at most. Null: not known now."},)"
     R"("left":{"type":"string","description":"`amount` and `credits` without `spent`, at least 0."},)"
     R"("unknown":{"type":["string","null"],"description":"Why the LEDGER does not tell what is held."},)"
     R"("currency":{"type":"string"},"hard":{"type":"boolean"}}})"},
    {"Trial",
     R"({"type":"object","required":["body"],"additionalProperties":false,"properties":{"process_id":{"type":"integer",)"
     R"("description":"Default: the caller's. Another one's: for administrators."},"policy":{"type":["string","integer"],)"
     R"("description":"Id or name, as in the header of the same name."},"path":{"type":"string",)"
     R"("default":"/v1/chat/completions"},"body":{"type":"object","description":"The request's body. A model that it )"
     R"(names must be allowed, and is compared with the others."}}})"},
    {"Classification",
     R"({"type":"object","description":"As classification_statistics in the books.","properties":{)"
     R"("candidate_count":{"type":"integer"},"candidates":{"type":"array","description":"Every model that may serve, )"
     R"(best first.","items":{"type":"object","properties":{"model_id":{"type":"integer"},"model":{"type":"string"},)"
     R"("provider":{"type":"string","description":"Where it would go first."},"score":{"type":"number",)"
     R"("description":"Higher is better: the sum of the contributions."},"contributions":{"type":"object",)"
     R"("additionalProperties":{"type":"number"}}}}},"features":{"type":["object","null"],"description":"What was read )"
     R"(of the prompt; null: nothing, as `unread` says, or, in the books, nothing that is stored below log level FULL, as )"
     R"(`features_missing` says."},"unread":{"type":"string"},"features_missing":{"type":"string"},"balance":{"type":"object",)"
     R"("additionalProperties":{"type":"number"}},"policy":{"type":"string"},"obeyed":{"type":"object","description":)"
     R"("What it had to obey; what is as it is without a policy is left out.","properties":{"policies":{"type":"array",)"
     R"("items":{"type":"integer"}},"named":{"type":"integer","description":"The policy of the header."},)"
     R"("wished":{"type":"integer","description":"That of the model's name."},"privacy":{"type":"string"},)"
     R"("latency":{"type":"integer"},"accuracy":{"type":"integer"},"cost":{"type":"integer"},)"
     R"("quality":{"type":"integer"},"topic":{"type":"string","description":"A policy's."},"wish":{"type":"object",)"
     R"("description":"What else the model's name said; of its topic, that there was one."}}},"named":{"type":"string",)"
     R"("description":"The model that the body names, and would get."},"encoder":{"type":"string","description":"Where )"
     R"(an embedding model is configured: it, or built_in, by which the prompt was compared."},"encoder_why":)"
     R"({"enum":["timeout","busy","failed","forbidden","not_ready"],"description":"Why built_in."},)"
     R"("time_us":{"type":"integer"},)"
     R"("cascade":{"type":"object","description":"Of a policy that has one: which checks an answer has to pass, and in )"
     R"(which order models would be asked.","properties":{"checks":{"type":"array","items":{"type":"string"}},)"
     R"("order":{"type":"array","items":{"type":"string"}}}},"not_regarded":{"type":"array","items":{"type":"string"},)"
     R"("description":"What may refuse a request and is not asked here."}}})"},
    {"RerateRequest", R"({"type":"object","required":["from","to"],"additionalProperties":false,"properties":{)"
                      R"("from":{"type":"string","format":"date-time"},"to":{"type":"string","format":"date-time"},)"
                      R"("model":{"type":"string"},"provider":{"type":"string"},)"
                      R"("dry_run":{"type":"boolean","description":"Only count."}}})"},
    {"RerateReport",
     R"({"type":"object","properties":{"dry_run":{"type":"boolean"},"requests":{"type":"integer"},)"
     R"("changed":{"type":"integer"},"cost_before":{"type":"string"},"cost_after":{"type":"string"},)"
     R"("difference":{"type":"string"},"currency":{"type":"string"},"missing":{"type":"array",)"
     R"("items":{"type":"string"},"description":"Nodes whose newest requests may not be among them."}}})"},
    {"WhatIfRequest",
     R"({"type":"object","required":["policy","change"],"additionalProperties":false,"properties":{)"
     R"("policy":{"type":["integer","string"],"description":"Its id or name."},)"
     R"("change":{"type":"object","description":"Members of a policy that would be others."},)"
     R"("from":{"type":"string","format":"date-time","description":"A day before \"to\" unless said."},)"
     R"("to":{"type":"string","format":"date-time","description":"Now unless said."},)"
     R"("limit":{"type":"integer","minimum":1,"maximum":10000,"description":"Decisions, the latest first; 1000."},)"
     R"("all":{"type":"boolean","description":"All decisions, as if their requests had named the policy, or, of one )"
     R"(that always holds, obeyed it; else those that obeyed it."}}})"},
    {"WhatIfReport",
     R"({"type":"object","properties":{"policy_id":{"type":"integer"},"from":{"type":"string"},"to":{"type":"string"},)"
     R"("requests":{"type":"integer","description":"That were looked through."},"decisions":{"type":"integer"},)"
     R"("complete":{"type":"boolean","description":"Whether the range was looked through to its end."},)"
     R"("unreadable":{"type":"integer","description":"Decisions of older versions, and of keys that are gone."},)"
     R"("undecided":{"type":"integer","description":"What cannot be told. Another topic is wanted, and which model it )"
     R"(makes the first hangs on what the prompt looked like, which is stored at log level FULL only, or on how well a )"
     R"(model fits without the topic; whom a stricter policy is about is there no more; or an older version did not tell )"
     R"(what else was obeyed, and it was not this policy alone. They are not among the decisions."},)"
     R"("changed":{"type":"integer","description":"That would go to another model, or to the same at another )"
     R"(provider, or to none."},"refused":{"type":"integer","description":"It forbids every model."},)"
     R"("wider":{"type":"integer","description":"It also admits models that the prompt was not compared with, which )"
     R"(are left out."},"cost_before":{"type":"string"},"cost_after":{"type":"string"},)"
     R"("difference":{"type":"string"},"currency":{"type":"string"},"first_token_ms_before":{"type":["number","null"]},)"
     R"("first_token_ms_after":{"type":["number","null"]},"quality_before":{"type":"object"},)"
     R"("quality_after":{"type":"object"},"moves":{"type":"array","description":"From one model to another; to the same: )"
     R"(to another provider of it.","items":{"type":"object","properties":{)"
     R"("from":{"type":["string","null"]},"to":{"type":["string","null"]},"requests":{"type":"integer"},)"
     R"("difference":{"type":"string"}}}},"examples":{"type":"array","items":{"type":"object"}}}})"},
    {"ProviderSnapshot",
     R"({"type":"object","properties":{"id":{"type":"integer"},"provider_id":{"type":"integer"},)"
     R"("snapshot_ts":{"type":"string","format":"date-time"},"poll_success":{"type":"boolean"},)"
     R"("total_models_loaded":{"type":"integer"},"total_vram_used_bytes":{"type":"integer"},)"
     R"("loaded_models":{"type":"array","items":{"type":"object","properties":{"name":{"type":"string"},)"
     R"("size_vram":{"type":"integer"},"size_vram_mb":{"type":"number"},"expires_at":{"type":["string","null"]}}}},)"
     R"("error_message":{"type":["string","null"]}}})"},
    {"ProviderState",
     R"({"type":"object","properties":{"id":{"type":"integer"},"name":{"type":"string"},)"
     R"("reachable":{"type":["boolean","null"],"description":"null: not looked at yet"},"detail":{"type":"string"},)"
     R"("server":{"type":"string"},"running":{"type":["integer","null"]},"waiting":{"type":["integer","null"]},)"
     R"("slots":{"type":["integer","null"]},"kv_used_permille":{"type":["integer","null"]},)"
     R"("memory_used_bytes":{"type":"integer"},"memory":{"type":["array","null"],"description":"What lies in its)"
     R"( memory; null: it does not say.","items":{"type":"object","properties":{"model":{"type":"string"},)"
     R"("bytes":{"type":"integer"},"vram_bytes":{"type":"integer"},"expires_in_s":{"type":["integer","null"]}}}},)"
     R"("deployments":{"type":"array","items":{"type":"object","properties":{"id":{"type":"integer"},)"
     R"("model":{"type":"string"},"upstream":{"type":"string"},"residence":{"type":"string"},)"
     R"("calls":{"type":"integer"},"error_permille":{"type":["integer","null"]},)"
     R"("load_ms":{"type":["integer","null"]},"memory_bytes":{"type":["integer","null"]},)"
     R"("prompt_tokens_per_s":{"type":["integer","null"]},"answer_tokens_per_s":{"type":["integer","null"]},)"
     R"("first_token_ms":{"type":["object","null"],"description":"Expected, by the length of the prompt in tokens.",)"
     R"("additionalProperties":{"type":"integer"}}}}}}})"},
    {"NodeList", R"({"type":"object","properties":{"nodes":{"type":"array","items":{"type":"object"}}}})"},
    {"ActorList",
     R"({"type":"object","properties":{"actors":{"type":"array","items":{"type":"object","properties":{)"
     R"("name":{"type":"string"},"kind":{"type":"string"},"node":{"type":"string"},"state":{"type":"string"},)"
     R"("parent":{"type":"string"},"mailbox":{"type":"integer"},"messages":{"type":"integer"},)"
     R"("busy_us":{"type":"integer"},"restarts":{"type":"integer"}}}}}})"},
};

} // namespace

std::span<const std::pair<std::string_view, std::string_view>> fixed_schemas() { return all; }

} // namespace logos::administration
