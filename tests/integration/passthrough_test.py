# SPDX-License-Identifier: MIT
"""Requests that bring a provider's own key in place of one of Logos'."""

import json
import signal
import threading

import pytest

from cluster_test import Pair
from support.books import Books
from support.programs import eventually, provider, write_configuration

OURS, CLIENTS = "sk-ours-0123456789", "sk-the-clients-0123456789"
CHAT = {"model": "chat", "messages": [{"role": "user", "content": "Hello!"}]}
QUICK, SLOW = "chat:speed=0,prefill=0,tokens=8", "slow:speed=20,prefill=0,tokens=400"


def chat(gateway, key=CLIENTS, headers=None, path="/v1/chat/completions", **fields):
    status, answered, text = gateway.call("POST", path, {**CHAT, **fields}, key, headers)
    return status, answered, text


def error(answer):
    status, _, text = answer
    return status, json.loads(text)["error"]["code"]


def opened(house, strict=True, **settings):
    """A gateway that lets clients' own keys in, before a cloud that knows the client's only (`strict`)."""
    cloud = house.simulate(QUICK, SLOW, arguments=("--api-key", CLIENTS) if strict else ())
    terms = settings.pop("terms", {})
    gateway = house.serve([provider("cloud", cloud, "chat", "slow", api_key=OURS, **terms)],
                          **{"passthrough": True, **settings})
    return gateway, cloud


def assert_no_trace(gateway, *keys):
    """None of the keys is in anything that the gateway has written, its output included."""
    for key in keys:
        assert key not in gateway.text
        for path in gateway.data_dir.rglob("*"):
            if path.is_file():
                assert key.encode() not in path.read_bytes(), (key, path)


def test_the_clients_key_reaches_the_provider_and_ours_does_not(house, storage):
    gateway, cloud = opened(house, storage=storage, usage_cost=True, prices=[
        {"model": "chat", "token_type": kind, "valid_from": "2026-01-01", "price_per_k_token": 1}
        for kind in ("prompt_tokens", "completion_tokens")])
    status, headers, text = chat(gateway, headers={"openai-organization": "the-clients", "x-logos-priority": "high"})
    assert (status, headers["x-logos-provider"], headers["x-logos-model"]) == (200, "cloud", "chat"), text
    assert headers["x-logos-decision"].startswith("own-key")
    used = json.loads(text)["usage"]
    assert used["total_tokens"] > 0 and "cost" not in used
    head = cloud.last_request()[0].decode().lower()
    assert f"authorization: bearer {CLIENTS}" in head and OURS not in head
    assert "openai-organization: the-clients" in head

    row = Books(gateway).row(headers["x-request-id"])
    assert (row["process_id"], row["privacy_level"], row["client_ip"]) == (None, "BILLING", None)
    assert (row["total_tokens"], row["cost_nano"], row["http_status"]) == (used["total_tokens"], 0, 200)
    assert row["input_payload"] is None and row["headers"] is None and row["priority"] != "high"
    shown = gateway.admin("GET", f"/requests/{headers['x-request-id']}")
    assert (shown["process"], shown["provider"], shown["model"]) == (None, "cloud", "chat")
    groups = gateway.admin("GET", "/usage?group_by=process,provider")["data"]
    assert [g["requests"] for g in groups if not g.get("process_id") and not g.get("process")] == [1], groups
    anew = gateway.admin("POST", "/rerate", {"from": "2026-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}, expect=200)
    assert anew["changed"] == 0, "whoever has paid the provider owes nothing here"
    assert error(chat(gateway, "sk-wrong"))[0] == 401
    eventually(lambda: Books(gateway).count() == 2, 3, "the second row")
    if storage == "sqlite":
        gateway.terminate()
    assert_no_trace(gateway, CLIENTS, "sk-wrong")


def test_without_the_setting_it_is_401_and_nothing_goes_out(house):
    gateway, cloud = opened(house, passthrough=False)
    assert error(chat(gateway)) == (401, "invalid_api_key")
    assert error(chat(gateway, headers={"provider": "cloud"})) == (401, "invalid_api_key")
    assert not cloud.requests()


def test_it_can_be_allowed_and_forbidden_by_a_reload(house):
    gateway, _ = opened(house)
    assert chat(gateway)[0] == 200
    for allowed, status in ((False, 401), (True, 200)):
        said = len(gateway.text)
        write_configuration(gateway.folder, {**gateway.settings, "passthrough": allowed})
        gateway.signal(signal.SIGHUP)
        gateway.says("Reload: done", start=said)
        eventually(lambda: chat(gateway)[0] == status, 5, f"status {status}")


def test_a_logos_key_that_opens_nothing_goes_to_no_provider(house):
    gateway, cloud = opened(house, strict=False)
    revoked, process_id = gateway.new_key("short-lived")
    assert chat(gateway, revoked)[0] == 200
    gateway.admin("DELETE", f"/processes/{process_id}")
    before = len(cloud.requests())
    for key in (revoked, revoked.upper(), revoked[:-1], '"' + revoked, "Bearer " + revoked, "lg-never-was"):
        assert error(chat(gateway, key)) == (401, "invalid_api_key"), key
        assert error(chat(gateway, "", {"x-api-key": key})) == (401, "invalid_api_key"), key
    assert error(chat(gateway, headers={"logos_key": "sk-anything"})) == (401, "invalid_api_key")
    assert len(cloud.requests()) == before


def test_no_server_of_our_own_is_used_with_a_made_up_key(house):
    ollama = house.simulate("llama:size=10,vram=10,load=0,speed=0,tokens=4", flavour="ollama")
    cloud = house.simulate(QUICK)
    gateway = house.serve([provider("gpu", ollama, "llama", {"name": "shared", "upstream": "llama"}),
                           {**provider("vllm", cloud, "chat"), "type": "vllm"},
                           {**provider("mine", cloud, "chat"), "passthrough": False}], passthrough=True)
    for name in ("gpu", "ollama", "GPU", "vllm", "mine", "openai", ""):
        status, code = error(chat(gateway, "sk-made-up", {"provider": name} if name else {}, model="llama"))
        assert (status, code) == (404, "not_found"), name
    assert not ollama.requests() and not cloud.requests()


def test_the_header_provider_says_whose_key_it_is(house):
    azure = house.simulate(QUICK, flavour="azure", arguments=("--api-key", CLIENTS))
    second = house.simulate(QUICK)
    gateway = house.serve([{**provider("East", azure), "api_key": OURS}, provider("b", second, "chat"),
                           provider("c", second, "chat")], passthrough=True)
    for headers in ({"provider": "east"}, {"provider": "azure"}):
        status, answered, text = chat(gateway, headers=headers)
        assert (status, answered["x-logos-provider"]) == (200, "East"), text
        head = azure.last_request()[0].decode().lower()
        assert f"api-key: {CLIENTS}" in head and "authorization" not in head and OURS not in head
        assert "\nprovider:" not in head
    # As Azure's clients send it.
    status, _, text = gateway.call("POST", "/openai/deployments/chat/chat/completions?api-version=2024-10-21", CHAT, "",
                                   {"api-key": CLIENTS, "provider": "East"})
    assert status == 200, text
    assert error(chat(gateway)) == (400, "invalid_value"), "two could be OpenAI"
    assert error(chat(gateway, headers={"provider": "openai"})) == (400, "invalid_value")
    assert error(chat(gateway, headers={"provider": "elsewhere"})) == (404, "not_found")
    assert not second.requests()


def test_with_a_logos_key_the_header_narrows_the_choice(house):
    first, second = house.simulate(QUICK), house.simulate(QUICK, "other:speed=0,prefill=0,tokens=4")
    gateway = house.serve([provider("one", first, "chat"), provider("two", second, "chat", "other")])
    key, _ = gateway.new_key("narrow")
    for name in ("one", "TWO"):
        for _ in range(3):
            status, headers, _ = chat(gateway, key, {"provider": name})
            assert (status, headers["x-logos-provider"]) == (200, name.lower())
    assert error(chat(gateway, key, {"provider": "three"})) == (404, "not_found")
    assert error(chat(gateway, key, {"provider": "one"}, model="other")) == (404, "model_not_found")
    assert error(chat(gateway, key, {"provider": "openai"})) == (400, "invalid_value")


def test_streams_and_lists_of_models_are_the_providers(house):
    gateway, cloud = opened(house)
    status, headers, text = chat(gateway, stream=True)
    assert (status, headers["content-type"].split(";")[0]) == (200, "text/event-stream")
    assert text.rstrip().endswith(b"data: [DONE]") and b'"usage":{' not in text
    row = Books(gateway).row(headers["x-request-id"])
    assert (row["usage_source"], row["completion_tokens"]) == ("provider", 8)
    status, headers, text = gateway.call("GET", "/v1/models", key=CLIENTS)
    assert status == 200 and {m["id"] for m in json.loads(text)["data"]} == {"chat", "slow"}
    assert headers["x-logos-decision"].startswith("own-key")
    assert gateway.call("GET", "/v1/models/chat", key=CLIENTS)[0] == 200
    status, _, text = gateway.call("GET", "/v1/models", key="sk-wrong")
    assert (status, b"Incorrect API key" in text) == (401, True), "the provider's own words"


def test_a_budget_of_nothing_is_not_about_it(house):
    gateway, _ = opened(house, prices=[{"model": "chat", "token_type": "completion_tokens", "valid_from": "2026-01-01",
                                        "price_per_k_token": 1}])
    key, process_id = gateway.new_key("poor")
    gateway.admin("POST", "/budgets", {"scope": "process", "scope_id": process_id, "period": "total", "amount": "0",
                                       "currency": "EUR", "hard": True})
    assert chat(gateway, key)[0] == 402
    assert chat(gateway)[0] == 200


@pytest.mark.parametrize("route", ["/admin/v1/processes", "/metrics", "/jobs", "/admin/v1/requests"])
def test_it_opens_nothing_but_what_is_relayed(house, route):
    gateway, _ = opened(house)
    assert gateway.call("GET", route, key=CLIENTS)[0] == 401


def test_places_and_bounds_hold_for_visitors_too(house):
    gateway, cloud = opened(house, strict=False, terms={"parallel": 1, "max_in_flight": 1}, limits={"queue_per_key": 3})
    answers = []

    def ask(key):
        answers.append(chat(gateway, key, {"x-logos-timeout": "20"})[0])

    threads = [threading.Thread(target=ask, args=(key,)) for key in ["sk-a", "sk-b", "sk-c", gateway.root_key] * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert set(answers) <= {200, 429} and 200 in answers
    assert max(m["max_in_flight"] for m in cloud.stats()["models"].values()) == 1
    eventually(lambda: chat(gateway, "sk-a")[0] == 200, 5, "a seat that was given back")


def test_from_one_address_come_so_many_at_a_time_whatever_their_keys(house):
    gateway, cloud = opened(house, strict=False, limits={"queue_per_key": 2})
    links = []
    import http.client
    for n in range(2):
        link = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=30)
        link.request("POST", "/v1/chat/completions", json.dumps({**CHAT, "model": "slow", "stream": True}),
                     {"authorization": f"Bearer sk-{n}", "content-type": "application/json"})
        assert link.getresponse().status == 200
        links.append(link)
    assert error(chat(gateway, "sk-third")) == (429, "queue_full")
    assert chat(gateway, gateway.root_key)[0] == 200, "keys of Logos are not concerned"
    for link in links:
        link.sock.close() if link.sock else None
        link.close()
    eventually(lambda: cloud.stats()["total"]["in_flight"] == 0, 10, "the end of what was left")
    eventually(lambda: chat(gateway, "sk-third")[0] == 200, 5, "a free seat")


def test_a_pause_that_a_clients_key_is_told_is_not_the_providers(house):
    gateway, cloud = opened(house, strict=False)
    cloud.add_fault("status", code=429, retry_after_s=60, count=1)
    assert chat(gateway, "sk-over-its-quota")[0] == 429
    assert chat(gateway, gateway.root_key, {"x-logos-timeout": "5"})[0] == 200


class OpenPair(Pair):
    def settings_of(self, name, cluster):
        return {**self._settings, "passthrough": True}


def test_both_nodes_of_a_cluster_take_it_under_one_count_of_places(house, postgres):
    both = OpenPair(house, postgres.new_database(), parallel=1, max_in_flight=1, api_key=OURS)
    answers = []

    def ask(node):
        for _ in range(5):
            answers.append(node.call("POST", "/v1/chat/completions", {**CHAT, "model": "quick"}, CLIENTS)[0])

    threads = [threading.Thread(target=ask, args=(node,)) for node in both.nodes.values() for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers == [200] * 20
    assert both.cloud.stats()["models"]["quick"]["max_in_flight"] == 1
    head = both.cloud.last_request()[0].decode()
    assert CLIENTS in head and OURS not in head
