# SPDX-License-Identifier: MIT
"""Who tries keys is slowed, wherever; a neighbour's wrong keys stop nobody whose key is in use or was made here."""

import concurrent.futures
import json
import signal
import time

from support.keys import CHAT
from support.nodes import metric
from support.programs import eventually, provider, write_configuration

BURST = 5


def attempt(gateway, key, path="/v1/chat/completions", body=CHAT, address=None, method="POST"):
    return gateway.call(method, path, body, key, headers={"x-forwarded-for": address} if address else None)


def use_up(gateway, address=None):
    """Sends wrong keys until one is not answered as such; that answer."""
    begun = time.monotonic()
    for n in range(1000):
        status, headers, text = attempt(gateway, f"lg-wrong-{n}", address=address)
        if status == 429:
            assert BURST <= n <= BURST + 1 + (time.monotonic() - begun), n
            return headers, json.loads(text)["error"]
        assert (status, json.loads(text)["error"]["code"]) == (401, "invalid_api_key"), text
    raise AssertionError("a thousand wrong keys were answered")


def test_two_hundred_wrong_keys_at_once_get_a_burst_of_answers_and_no_more(house):
    cloud = house.simulate("chat:speed=0,prefill=0,tokens=4")
    gateway = house.serve([provider("cloud", cloud, "chat")], limits={"wrong_keys": BURST})
    begun = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(20) as crowd:
        answers = [a[0] for a in crowd.map(lambda n: attempt(gateway, f"lg-wrong-{n}"), range(200))]
    took = time.monotonic() - begun
    assert set(answers) == {401, 429} and BURST <= answers.count(401) <= BURST + 1 + took, answers
    assert metric(gateway, "logos_wrong_keys_total") == 200
    assert metric(gateway, "logos_wrong_keys_unanswered_total") == answers.count(429)
    eventually(lambda: gateway.text.count("Wrong API keys come from 127.0.0.1,") == 1 + int(took) // 60, 5, "a line in the log")
    assert "lg-wrong" not in gateway.text


def test_no_path_tells_more_of_a_key_than_another(house):
    cloud = house.simulate("chat:speed=0,prefill=0,tokens=4")
    gateway = house.serve([provider("cloud", cloud, "chat")], limits={"wrong_keys": BURST})
    wrong = []
    for method, path, body in (("POST", "/v1/chat/completions", CHAT), ("GET", "/v1/models", None),
                               ("POST", "/openai/deployments/chat/chat/completions", CHAT), ("GET", "/metrics", None),
                               ("POST", "/jobs/v1/chat/completions", CHAT), ("GET", "/jobs", None),
                               ("GET", "/admin/v1/users", None), ("POST", "/admin/v1/users", {"username": "eve"}),
                               ("POST", "/extras/tokenize", {"model": "chat", "text": "x"}),
                               ("POST", "/logosdb/get_role", {"logos_key": "lg-wrong"}),
                               ("POST", "/logosdb/get_role", {})):
        in_body = "logos_key" in (body or {})

        def refused():
            status, headers, text = attempt(gateway, "" if in_body else "lg-wrong", path, body, method=method)
            if status == 401:
                return None  # one that has come back with the time
            return status, headers.get("retry-after"), b"wrong API keys come from this address" in text
        found = next(filter(None, (refused() for _ in range(BURST + 20))), "never")
        if found != (429, "1", True):
            wrong.append((method, path, found))
    assert not wrong
    assert not cloud.requests() and gateway.admin("GET", "/users")["data"]


def test_neighbours_of_who_tries_keys_go_on_working(house):
    cloud = house.simulate("chat:speed=0,prefill=0,tokens=4")
    chosen = "correct-horse-battery-staple"
    gateway = house.serve([provider("cloud", cloud, "chat")], limits={"wrong_keys": BURST}, trusted_proxies=["127.0.0.1"],
                          environment={"LOGOS_ROOT_KEY": chosen})
    made = json.loads(attempt(gateway, chosen, "/admin/v1/processes", {"name": "app"})[2])
    attempt(gateway, chosen, "/admin/v1/permissions", {"profile_id": made["profile_id"], "model": "*"})
    assert attempt(gateway, chosen, address="192.0.2.1")[0] == 200
    for address in ("192.0.2.1", "192.0.2.2", "2001:db8:1:2::1"):
        headers, error = use_up(gateway, address)
        assert int(headers["retry-after"]) == 1 and error["code"] == "rate_limit_exceeded"
        assert attempt(gateway, made["key"], address=address)[0] == 200, "a new key, but nobody can have guessed it"
    assert attempt(gateway, chosen, address="192.0.2.1")[0] == 200, "it is in use there"
    assert attempt(gateway, chosen, address="192.0.2.3")[0] == 200, "nobody has tried keys there"
    for n in range(20):  # on a busy machine a second may pass between the two
        use_up(gateway, f"2001:db8:2:{n}::1")
        if (found := attempt(gateway, chosen, address=f"2001:db8:2:{n}:f::2"))[0] == 429:
            break
    assert found[0] == 429 and b"Whether this one is valid is not said" in found[2], "a right guess is not told from a wrong one"
    eventually(lambda: attempt(gateway, chosen, address=f"2001:db8:2:{n}:f::2")[0] == 200, 10, "the end of doubt")


def test_a_providers_word_that_a_key_is_wrong_counts_too(house):
    cloud = house.simulate("chat:speed=0,prefill=0,tokens=4", arguments=("--api-key", "sk-of-the-client"))
    openai = {**provider("cloud", cloud, "chat", passthrough=True), "name": "openai"}
    gateway = house.serve([openai], passthrough=True, limits={"wrong_keys": BURST})
    assert attempt(gateway, "sk-of-the-client")[0] == 200
    seen = []
    while not seen or (seen[-1] == 401 and len(seen) < 100):
        seen.append(attempt(gateway, f"sk-guess-{len(seen)}")[0])
    assert seen[-1] == 429 and len(seen) > BURST, seen
    assert metric(gateway, "logos_requests_relayed_total") == len(seen), "beyond the burst no provider is asked"
    assert attempt(gateway, "sk-of-the-client")[0] == 200


def test_what_is_counted_as_unanswered_is_each_429_once_and_no_401_of_a_provider(house):
    cloud = house.simulate("chat:speed=0,prefill=0,tokens=4", arguments=("--api-key", "sk-of-the-client"))
    openai = {**provider("cloud", cloud, "chat", passthrough=True), "name": "openai"}
    chosen = "correct-horse-battery-staple"
    gateway = house.serve([openai], passthrough=True, limits={"wrong_keys": BURST}, trusted_proxies=["127.0.0.1"],
                          environment={"LOGOS_ROOT_KEY": chosen})
    (gateway.data_dir / "root.key").write_text(chosen)  # with which `metric` asks

    def unanswered():
        return metric(gateway, "logos_wrong_keys_unanswered_total")

    expired = [attempt(gateway, "sk-expired", address="192.0.2.1")[0] for _ in range(3 * BURST)]
    assert set(expired) == {401} and metric(gateway, "logos_wrong_keys_total") == len(expired)
    assert unanswered() == 0 and "Wrong API keys come from" not in gateway.text
    for n in range(20):  # on a busy machine a second may pass between the two
        use_up(gateway, f"192.0.2.{n + 10}")
        before = unanswered()
        if (status := attempt(gateway, chosen, "/logosdb/get_role", {}, address=f"192.0.2.{n + 10}")[0]) == 429:
            break
    assert status == 429 and unanswered() == before + 1, "its head and its body were looked at"


def test_the_bound_is_changed_without_a_restart(house):
    gateway = house.serve([], limits={"wrong_keys": BURST})
    use_up(gateway)
    gateway.settings["limits"]["wrong_keys"] = 0
    write_configuration(gateway.folder, gateway.settings)
    gateway.signal(signal.SIGHUP)
    eventually(lambda: {attempt(gateway, "lg-wrong")[0] for _ in range(3 * BURST)} == {401}, 10, "no bound any more")
