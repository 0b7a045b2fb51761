# SPDX-License-Identifier: MIT
"""Limits let in as many as they say, and tell the others the truth."""

import concurrent.futures
import json

from support.money import FIXED, ask, serve, shop
from support.programs import provider


def test_requests_per_minute_are_exact_and_the_headers_true(house, storage):
    gateway, cloud = shop(house, storage)
    key, process_id = gateway.new_key("app")
    gateway.admin("POST", "/limits", {"scope": "process", "scope_id": process_id,
                                               "kind": "requests_per_minute", "value": 5})
    _, headers, _ = ask(gateway, key)
    assert (headers["x-ratelimit-limit-requests"], headers["x-ratelimit-remaining-requests"]) == ("5", "4")
    with concurrent.futures.ThreadPoolExecutor(30) as pool:
        outcomes = list(pool.map(lambda _: ask(gateway, key), range(30)))
    assert [o[0] for o in outcomes].count(200) == 4
    refused = next(o for o in outcomes if o[0] == 429)
    assert 0 < int(refused[1]["retry-after"]) <= 60
    assert refused[1]["x-ratelimit-remaining-requests"] == "0"
    assert len(cloud.requests("fixed")) == 5
    gateway.kill()
    gateway = serve(house, storage, cloud, gateway.folder)
    assert ask(gateway, key)[0] == 429, "a restart is no way around a limit"


def test_parallel_requests_are_bounded_for_a_user_over_all_their_keys(house, storage):
    gateway, cloud = shop(house, storage, "fixed:speed=20,prefill=0,tokens=10")
    ada = gateway.admin("POST", "/users", {"username": "ada"})["id"]
    keys = [gateway.new_key(name, user_id=ada)[0] for name in ("one", "two")]
    gateway.admin("POST", "/limits", {"scope": "user", "scope_id": ada, "kind": "parallel_requests",
                                               "value": 3})
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        outcomes = list(pool.map(lambda n: ask(gateway, keys[n % 2])[0], range(12)))
    assert outcomes.count(200) == 3 and outcomes.count(429) == 9
    assert cloud.stats()["models"]["fixed"]["max_in_flight"] <= 3
    assert ask(gateway, keys[0])[0] == 200, "places come back"


def test_limits_in_a_process_settings_are_honoured_and_editable(house, storage):
    gateway, _ = shop(house, storage)
    key, process_id = gateway.new_key("app", settings={"rate_limit_rpm": 2})
    assert [ask(gateway, key)[0] for _ in range(3)] == [200, 200, 429]
    gateway.admin("PATCH", f"/processes/{process_id}", {"settings": {"rate_limit_rpm": 4}})
    assert [ask(gateway, key)[0] for _ in range(3)] == [200, 200, 429]
    gateway.admin("PATCH", f"/processes/{process_id}", {"settings": None})
    assert ask(gateway, key)[0] == 200


def test_tokens_are_reserved_as_an_estimate_and_settled_to_what_was_used(house, storage):
    gateway, _ = shop(house, storage)
    key, process_id = gateway.new_key("app")
    gateway.admin("POST", "/limits", {"scope": "process", "scope_id": process_id,
                                               "kind": "tokens_per_minute", "value": 1000})
    status, headers, text = gateway.chat("fixed", key=key, max_tokens=900)
    used = json.loads(text)["usage"]["total_tokens"]
    assert status == 200 and used < 100
    assert int(headers["x-ratelimit-remaining-tokens"]) <= 100
    status, headers, _ = gateway.chat("fixed", key=key, max_tokens=10)
    assert status == 200 and int(headers["x-ratelimit-remaining-tokens"]) > 1000 - used - 50
    status, _, text = gateway.chat("fixed", key=key, max_tokens=2000)
    assert status == 429 and b"max_completion_tokens" in text


def test_a_limit_on_tokens_is_no_lock_for_who_sets_no_bound(house, storage):
    gateway, _ = shop(house, storage)
    key, process_id = gateway.new_key("app", settings={"rate_limit_tpm": 100})
    used, status = 0, 200
    while status == 200:
        status, headers, text = gateway.chat("fixed", key=key)
        used += json.loads(text)["usage"]["total_tokens"] if status == 200 else 0
    assert status == 429 and 1 <= int(headers["retry-after"]) <= 60
    assert used > 60, "until the minute is used up"
    assert int(headers["x-ratelimit-remaining-tokens"]) == max(100 - used, 0)


def test_a_limit_of_zero_says_that_waiting_is_no_use(house):
    cloud = house.simulate(FIXED)
    gateway = house.serve([provider("cloud", cloud, "fixed")])
    key, process_id = gateway.new_key("app", settings={"rate_limit_rpm": "0"})
    status, headers, text = ask(gateway, key)
    assert (status, headers.get("retry-after")) == (403, None) and b"is 0" in text
    status, _, text = gateway.call("PATCH", f"/admin/v1/processes/{process_id}", {"settings": {"rate_limit_rpm": "no"}})
    assert status == 400 and b"settings.rate_limit_rpm" in text
    gateway.admin("PATCH", f"/processes/{process_id}", {"settings": {"rate_limit_rpm": 2.0}})
    assert ask(gateway, key)[0] == 200
