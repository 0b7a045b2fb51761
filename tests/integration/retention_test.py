# SPDX-License-Identifier: MIT
"""What is past its time goes; what it has cost stays on the books and in budgets."""

from support.books import Books
from support.programs import eventually, provider

QUICK = "chat:speed=0,prefill=0,tokens=24"
# A request is made older by so many days: a copy with another time, which is a row that is written like any other.
COLUMNS = ("request_id, process_id, profile_id, provider_id, model_id, deployment_id, privacy_level, http_status,"
           " result_status, usage_source, attempts, queue_wait_ms, prompt_tokens, completion_tokens, total_tokens,"
           " prompt_cached_tokens, prompt_cache_creation_tokens, prompt_audio_tokens, completion_reasoning_tokens,"
           " completion_audio_tokens, audio_milliseconds, hold_nano, cost_nano, request_bytes, response_bytes, path,"
           " client_ip, input_payload, headers, response_payload")


def older(gateway, days, postgres):
    time = (f"timestamp_request - interval '{days} days'" if postgres else
            f"strftime('%Y-%m-%d %H:%M:%f', substr(timestamp_request, 1, 23), '-{days} days') || '000+00'")
    return f"insert into log_entry (timestamp_request, {COLUMNS}) select {time}, {COLUMNS} from log_entry" \
           " where timestamp_request = (select max(timestamp_request) from log_entry)"


def test_old_requests_go_and_usage_and_budgets_keep_them(house, storage):
    cloud = house.simulate(QUICK)
    gateway = house.serve([provider("cloud", cloud, "chat")], storage=storage,
                          retention={"billing": "60d", "full": "7d"})
    key, process_id = gateway.new_key("app", log="FULL")
    gateway.admin("POST", "/prices", {"model": "chat", "token_type": "completion_tokens", "currency": "EUR",
                                               "valid_from": "2020-01-01T00:00:00Z", "price_per_k_token": "1000"})
    books = Books(gateway)
    _, headers, _ = gateway.chat("chat", key=key, max_tokens=20)
    row = books.row(headers["x-request-id"])
    assert row["cost_nano"] > 0 and row["input_payload"]
    for days in (10, 100):
        books.execute(older(gateway, days, storage != "sqlite"))
    eventually(lambda: books.count() == 2, 60, "the removal of a row")
    eventually(lambda: len(books.query("select 1 from log_entry where input_payload is not null")) == 1, 60, "bodies")
    assert len(books.query("select 1 from log_entry where headers is null and client_ip is null")) == 1

    total = gateway.admin("GET", "/usage?group_by=process")["data"]
    mine = next(u for u in total if u["process_id"] == process_id)
    assert mine["requests"] == 3
    assert mine["usage"]["completion_tokens"] == 3 * row["completion_tokens"]
    assert round(float(mine["cost"]) * 1e9) == 3 * row["cost_nano"]
    metrics = gateway.call("GET", "/metrics", key=gateway.root_key)[2].decode()
    assert "logos_retention_rows_removed_total 1" in metrics
    assert "logos_retention_payloads_removed_total 1" in metrics

    # A budget of three and a half such requests, for ever: what was removed is spent.
    gateway.admin("POST", "/budgets", {"scope": "process", "scope_id": process_id, "period": "total",
                                                "currency": "EUR", "amount": f"{row['cost_nano'] * 3 / 1e9:.9f}"})
    eventually(lambda: gateway.chat("chat", key=key, max_tokens=20)[0] == 402, 10, "the budget")
