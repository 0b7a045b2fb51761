# SPDX-License-Identifier: MIT
"""Requests that name no model go where the prompt suits, under the caller's policy; why is on the books, and can be asked
without sending anything."""

import json
import math
import signal

import pytest

from support.books import Books
from support.programs import provider, write_configuration

CODE = "My Python function raises a KeyError. Debug this program and explain the bug."
POEM = "Write me a poem about love, the sea and the autumn rain."
CODER = {"name": "coder", "tags": "code programming", "description": "writes, explains and debugs computer programs",
         "quality": -40, "latency": 40, "cost": 5}
POET = {"name": "poet", "tags": "creative writing", "description": "poems, stories and songs", "quality": -40,
        "latency": 40, "cost": -5}


@pytest.fixture
def town(house, storage):
    """Two models of equal weights, described, each at a provider of its own."""
    first = house.simulate("coder:speed=0,prefill=0,tokens=4")
    second = house.simulate("poet:speed=0,prefill=0,tokens=4")
    gateway = house.serve([provider("desk", first, CODER, privacy="LOCAL"),
                           provider("garden", second, POET, privacy="CLOUD_NOT_IN_EU_BY_US_PROVIDER")],
                          storage=storage,
                          policies=[{"name": "stay", "threshold_privacy": "LOCAL", "threshold_cost": -1024}])
    gateway.sent = lambda: len(first.requests()) + len(second.requests())
    return gateway


def asked(gateway, text, key=None, headers=None, **fields):
    """The answer's head."""
    body = {"messages": [{"role": "user", "content": text}], **fields}
    status, head, content = gateway.call("POST", "/v1/chat/completions", body, key=key, headers=headers)
    assert status == 200, content
    return head


def tried(gateway, text, expect=200, **more):
    key = more.pop("key", None)
    body = more.pop("body", None) or {"messages": [{"role": "user", "content": text}]}
    return gateway.admin("POST", "/classify", {"body": body, **more}, expect=expect, key=key)


def reload(gateway, **settings):
    gateway.settings.update(settings)
    write_configuration(gateway.folder, gateway.settings)
    said = len(gateway.text)
    gateway.signal(signal.SIGHUP)
    gateway.says("Reload: done", start=said)


def test_prompts_go_to_the_model_that_is_described_for_them_and_the_books_say_why(town):
    books = Books(town)
    for text, model in ((CODE, "coder"), (POEM, "poet")):
        head = asked(town, text)
        assert head["x-logos-model"] == model
        assert "classified; models=2; by=" in head["x-logos-decision"], head["x-logos-decision"]
        told = books.row(head["x-request-id"])["classification_statistics"]
        told = json.loads(told) if isinstance(told, str) else told
        assert told["candidate_count"] == 2 and told["candidates"][0]["model"] == model
        assert told["candidates"][0]["score"] > told["candidates"][1]["score"]
        assert 0 < told["time_us"] < 1_000_000
        assert "features" not in told and "english" not in json.dumps(told), "nothing of the prompt below FULL"
        assert "KeyError" not in json.dumps(told) and "autumn" not in json.dumps(told), "never the prompt"
        for path in ("", "/why"):
            why = town.admin("GET", f"/requests/{head['x-request-id']}{path}")["classification_statistics"]
            assert "log level FULL only" in why.pop("features_missing") and why.pop("features") is None
            assert why == told
    named = asked(town, CODE, model="poet")
    assert books.row(named["x-request-id"])["classification_statistics"] is None


def test_what_was_read_of_a_prompt_is_on_the_books_at_log_level_full_only(town):
    books = Books(town)
    ids = []
    for level in ("FULL", "BILLING"):
        key, _ = town.new_key(level.lower(), log=level)
        ids.append(asked(town, CODE, key=key)["x-request-id"])
    full, billing = (books.row(request)["classification_statistics"] for request in ids)
    full, billing = (json.loads(told) if isinstance(told, str) else told for told in (full, billing))
    assert full["features"]["language"] == "english" and "features" not in billing
    assert full.keys() - billing.keys() == {"features"}
    assert town.admin("GET", f"/requests/{ids[0]}/why")["classification_statistics"] == full
    made = town.admin("POST", "/policies", {"name": "loose", "threshold_privacy": "CLOUD_NOT_IN_EU_BY_US_PROVIDER",
                                            "threshold_cost": -1024})
    question = {"policy": made["id"], "change": {"threshold_privacy": "LOCAL"}, "all": True}
    report = town.admin("POST", "/what-if", question, expect=200)
    assert report["decisions"] == 2 and report["undecided"] == report["unreadable"] == 0, report


def test_what_a_policy_wants_changes_the_choice(town):
    models = {m["name"]: m["id"] for m in town.admin("GET", "/models")["data"]}
    assert {m["description"] for m in town.admin("GET", "/models")["data"]} == {CODER["description"], POET["description"]}
    thorough = {**POET, "quality": 40, "latency": -40}
    reload(town, providers=[town.settings["providers"][0],
                            {**town.settings["providers"][1], "models": [thorough]}])
    assert models.keys() == {"coder", "poet"}
    any_quality = {"threshold_privacy": "CLOUD_NOT_IN_EU_BY_US_PROVIDER", "threshold_cost": -1024,
                   "threshold_quality": -100}
    any_latency = {**any_quality, "threshold_quality": 0, "threshold_latency": -100}
    town.admin("POST", "/policies", {"name": "quick", **any_quality})
    town.admin("POST", "/policies", {"name": "thorough", **any_latency})
    for text in (CODE, POEM):
        assert asked(town, text, headers={"policy": "quick"})["x-logos-model"] == "coder"
        assert asked(town, text, headers={"policy": "thorough"})["x-logos-model"] == "poet"
    for text in (CODE, POEM):
        assert asked(town, text, headers={"policy": "stay"})["x-logos-model"] == "coder", "the hard filters hold"


def test_a_trial_says_what_would_be_chosen_and_sends_nothing(town):
    before = town.sent()
    told = tried(town, CODE)
    assert [c["model"] for c in told["candidates"]] == ["coder", "poet"]
    assert told["candidates"][0]["provider"] == "desk" and told["candidates"][0]["contributions"]["semantic"] > 0
    assert [c["model"] for c in tried(town, POEM)["candidates"]] == ["poet", "coder"]
    assert [c["model"] for c in tried(town, POEM, policy="stay")["candidates"]] == ["coder"]
    key, process = town.new_key("poems", model="poet")
    assert [c["model"] for c in tried(town, CODE, key=key)["candidates"]] == ["poet"]
    assert [c["model"] for c in tried(town, CODE, process_id=process)["candidates"]] == ["poet"]
    root = town.admin("GET", "/processes")["data"][0]["id"]
    assert "administrator" in tried(town, CODE, key=key, process_id=root, expect=403)["detail"]
    for body, status in (({"model": "gpt-9", "messages": []}, 404),
                         ({"model": "logos-v1__policy_cost=cheap", "messages": []}, 400),
                         ({"model": "coder", "messages": []}, 404),
                         ({"messages": [], "stream": "yes"}, 400)):
        refused = tried(town, "", body=body, key=key, expect=status)
        real, _, text = town.call("POST", "/v1/chat/completions", body, key=key)
        assert real == status and refused["detail"] == json.loads(text)["error"]["message"], (refused, text)
    assert town.sent() == before


def test_the_balance_and_examples_of_the_configuration_count_at_once(town):
    question = "Name three rivers of Bavaria"
    reload(town, classification={"balance": {"features": 0, "time": 0, "price": 0, "errors": 0, "context": 0, "learned": 0}})
    told = tried(town, "", body={"messages": [{"role": "system", "content": "You do programming, creative writing."},
                                              {"role": "user", "content": question}]})
    curve = [1 / (1 + math.exp(-w / 16)) for w in (-40, 40, 0)]
    for c in told["candidates"]:
        assert set(c["contributions"]) <= {"policy", "tags", "semantic"}, "upstream knows no more"
        assert c["contributions"]["policy"] == pytest.approx(3.4 * sum(curve), abs=0.002)
        assert c["contributions"]["tags"] == pytest.approx(1.9 * (0.5 if c["model"] == "coder" else 1), abs=0.002)
    for model, topic in (("coder", "writing"), ("poet", "programming")):
        reload(town, classification={"examples": [{"model": model, "text": "Name the rivers of Bavaria"}]})
        assert asked(town, question)["x-logos-model"] == model
        reload(town, classification={"examples": [{"topic": topic, "text": "Name the rivers of Bavaria"}]})
        assert asked(town, question)["x-logos-model"] != model


def test_what_cannot_be_read_is_served_all_the_same(town):
    books = Books(town)
    form = ("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\nContent-Type: audio/wav\r\n\r\n"
            "RIFF\r\n--b--\r\n")
    _, head, _ = town.call("POST", "/v1/audio/transcriptions", form,
                           headers={"content-type": "multipart/form-data; boundary=b"})
    told = books.row(head["x-request-id"])["classification_statistics"]
    told = json.loads(told) if isinstance(told, str) else told
    assert "features" not in told and "JSON" in told["unread"] and told["candidate_count"] == 2
    why = town.admin("GET", f"/requests/{head['x-request-id']}/why")["classification_statistics"]
    assert why["features"] is None and "features_missing" not in why and why["unread"] == told["unread"]
