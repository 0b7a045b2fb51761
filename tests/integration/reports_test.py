# SPDX-License-Identifier: MIT
"""Reports read what there is; nothing that is to be changed waits for them."""

import concurrent.futures
import json
import time

from support.books import Books
from support.programs import eventually, provider

MANY = 80_000
KEPT = ("request_id, process_id, profile_id, provider_id, model_id, deployment_id, privacy_level, http_status,"
        " result_status, usage_source, attempts, queue_wait_ms, queue_depth_at_arrival, prompt_tokens,"
        " completion_tokens, total_tokens, prompt_cached_tokens, prompt_cache_creation_tokens, prompt_audio_tokens,"
        " completion_reasoning_tokens, completion_audio_tokens, audio_milliseconds, hold_nano, cost_nano,"
        " request_bytes, response_bytes, path")
TIMES = ("timestamp_request", "timestamp_forwarding", "timestamp_response")


def many_of(request_id, postgres):
    """The same request a second earlier, and so on: rows that are written like any other."""
    earlier = ("{} - n.i * interval '1 second'" if postgres else
               "strftime('%Y-%m-%d %H:%M:%f', substr({}, 1, 23), '-' || n.i || ' seconds') || '000+00'")
    numbers = (f"generate_series(1, {MANY}) as n(i)" if postgres else
               f"(with recursive c(i) as (select 1 union all select i + 1 from c where i < {MANY}) select i from c) n")
    return (f"insert into log_entry ({', '.join(TIMES)}, {KEPT}) select {', '.join(earlier.format(t) for t in TIMES)},"
            f" {KEPT} from log_entry, {numbers} where request_id = '{request_id}'")


def test_charts_of_a_plain_key_hold_up_no_revocation(house, storage):
    cloud = house.simulate("chat:speed=0,prefill=0,tokens=4")
    gateway = house.serve([provider("cloud", cloud, "chat")], storage=storage)
    key, process_id = gateway.new_key("plain")
    leaked, leaked_id = gateway.new_key("leaked")
    books = Books(gateway)
    _, headers, _ = gateway.chat("chat", key=key)
    books.row(headers["x-request-id"])
    books.execute(many_of(headers["x-request-id"], storage != "sqlite"))

    def chart():
        answer = gateway.call("POST", "/logosdb/request_event_stats", {}, key=key, timeout=300)
        return *answer, time.monotonic()

    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        asked = [pool.submit(chart) for _ in range(40)]
        eventually(lambda: sum(a.done() for a in asked) >= 25, 30, "refusals")
        gateway.admin("DELETE", f"/processes/{leaked_id}")
        removed = time.monotonic()
        answers = [a.result(300) for a in asked]
    assert gateway.chat("chat", key=leaked)[0] == 401
    charts = [a for a in answers if a[0] == 200]
    surplus = [a for a in answers if a[0] == 429]
    assert len(charts) >= 9 and surplus and len(charts) + len(surplus) == 40, [a[0] for a in answers]
    assert removed < max(a[3] for a in charts), "the change did not wait for the reports"
    for _, headers, text, _ in surplus:
        assert int(headers["retry-after"]) >= 1 and "Ask again" in json.loads(text)["error"]["message"], text
    for _, _, text, _ in charts:
        assert json.loads(text)["stats"]["totals"]["requests"] == MANY + 1
    names = [a["name"] for a in gateway.admin("GET", "/actors")["actors"]]
    assert "registry/reports" in names


def test_a_report_shows_the_change_that_was_answered_before(house, storage):
    gateway = house.serve([], storage=storage)
    for i in range(20):
        made = gateway.admin("POST", "/services", {"name": f"made-{i}"})
        newest = gateway.admin("GET", "/events?resource=service&limit=1")["data"][0]
        assert (newest["action"], newest["after"]["name"]) == ("create", made["name"]), newest
