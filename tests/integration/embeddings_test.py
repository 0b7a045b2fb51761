# SPDX-License-Identifier: MIT
"""An embedding model of a provider's compares prompts in the built-in encoder's place: remembered, within a time limit, and
never with a prompt that its sender's policy forbids to go there."""

import json
import re
import signal
import time

import pytest

from support.books import Books
from support.programs import eventually, provider, write_configuration

CODE = "My Python function raises a KeyError. Debug this program and explain the bug."
CODER = {"name": "coder", "tags": "code programming", "description": "writes, explains and debugs computer programs"}
POET = {"name": "poet", "tags": "creative writing", "description": "poems, stories and songs"}
READER = {"name": "reader", "capabilities": ["embeddings"]}


def open_library(house, storage="sqlite", privacy="LOCAL", log="BILLING", **embeddings):
    """Two models to choose between, and a third that gives vectors: the same for the same text, others for all others."""
    desk = house.simulate("coder:speed=0,prefill=0,tokens=4", "poet:speed=0,prefill=0,tokens=4")
    library = house.simulate("reader:dim=64,can=embedding,prefill=0")
    gateway = house.serve([provider("desk", desk, CODER, POET), provider("library", library, READER, privacy=privacy)],
                          storage=storage, policies=[{"name": "stay", "threshold_privacy": "LOCAL", "threshold_cost": -1024}],
                          classification={"examples": [{"model": "poet", "text": CODE}],
                                          "embeddings": {"model": "reader", "process": "librarian", "timeout": "2s",
                                                         **embeddings}})
    gateway.library = library
    _, gateway.librarian = gateway.new_key("librarian", model="reader", log=log)
    return gateway


def tried(gateway, text, **more):
    body = {"messages": [{"role": "user", "content": text}]}
    return gateway.admin("POST", "/classify", {"body": body, **more}, expect=200)


def ready(gateway):
    """Once what is said of models has been read; until then the built-in encoder decides."""
    said = tried(gateway, "")
    assert said["encoder"] == "built_in", said
    eventually(lambda: tried(gateway, "What is ready?")["encoder"] == "reader", 20, "the reader")
    return gateway


def reload(gateway, **settings):
    gateway.settings.update(settings)
    write_configuration(gateway.folder, gateway.settings)
    said = len(gateway.text)
    gateway.signal(signal.SIGHUP)
    gateway.says("Reload: done", start=said)


def be_quick(gateway, **more):
    reload(gateway, classification={**gateway.settings["classification"],
                                    "embeddings": {"model": "reader", "process": "librarian", "timeout": "50ms", **more}})
    assert tried(gateway, "What is ready?")["encoder"] == "reader", "nothing of it was forgotten"


def metric(gateway, name):
    text = gateway.call("GET", "/metrics")[2].decode()
    return int(re.search("^" + re.escape(name) + r" (\d+)$", text, re.M).group(1))


def heard(gateway):
    return len(gateway.library.requests())


def test_the_first_decision_asks_and_the_next_remembers_and_the_operator_pays(house, storage):
    gateway = ready(open_library(house, storage))
    books = Books(gateway)
    before, hits = heard(gateway), metric(gateway, "logos_embedding_hits_total")
    seen = []
    for _ in range(2):
        status, head, _ = gateway.call("POST", "/v1/chat/completions", {"messages": [{"role": "user", "content": CODE}]})
        assert status == 200
        told = books.row(head["x-request-id"])["classification_statistics"]
        seen.append(json.loads(told) if isinstance(told, str) else told)
        assert heard(gateway) == before + 1, "what is remembered is not asked again"
    assert metric(gateway, "logos_embedding_hits_total") == hits + 1
    for told in seen:
        assert told["encoder"] == "reader" and "encoder_why" not in told
        semantic = {c["model"]: c["contributions"].get("semantic", 0) for c in told["candidates"]}
        assert semantic["poet"] == pytest.approx(1, abs=0.002), "its example has the very vector of the prompt"
        assert semantic["coder"] < 0.5, "the simulator's vectors know nothing of programs"
    paid = lambda: [r for r in books.rows() if r["process_id"] == gateway.librarian]  # noqa: E731
    eventually(lambda: len(paid()) == heard(gateway), 5, "a row for each call")
    for row in paid():
        assert row["http_status"] == 200 and row["prompt_tokens"] > 0 and row["input_payload"] is None
        assert "KeyError" not in json.dumps(row, default=str), "no prompt is left behind"


def test_a_slow_or_dead_reader_delays_nobody(house):
    gateway = ready(open_library(house))
    be_quick(gateway)
    gateway.library.add_fault("slow", delay_ms=700)
    begun = time.monotonic()
    told = tried(gateway, "Who is slow today?")
    assert told["encoder"] == "built_in" and told["encoder_why"] == "timeout", told
    assert told["time_us"] >= 50_000 and time.monotonic() - begun < 0.7
    # The answer that came too late is there for whoever asks the same.
    eventually(lambda: tried(gateway, "Who is slow today?")["encoder"] == "reader", 10, "the late answer")
    gateway.library.clear_faults()
    gateway.library.kill()
    eventually(lambda: tried(gateway, f"Who is dead at {time.monotonic()}?").get("encoder_why") == "failed", 20, "a failure")
    status, head, _ = gateway.call("POST", "/v1/chat/completions", {"messages": [{"role": "user", "content": "Who else?"}]})
    assert status == 200 and head["x-logos-model"] in ("coder", "poet")
    assert metric(gateway, 'logos_embedding_fallbacks_total{reason="timeout"}') >= 1
    assert metric(gateway, 'logos_embedding_fallbacks_total{reason="failed"}') >= 1


def test_a_call_that_takes_too_long_ends_and_gives_its_place_back(house):
    gateway = ready(open_library(house))
    be_quick(gateway)
    gateway.library.add_fault("hang", count=1)
    assert tried(gateway, "Who hangs?")["encoder_why"] == "timeout"
    eventually(lambda: gateway.library.stats()["total"]["aborted"] == 1, 10, "the end of the call")
    eventually(lambda: tried(gateway, "Who hangs?")["encoder"] == "reader", 20, "another call")
    assert gateway.library.stats()["total"]["in_flight"] == 0


def test_a_prompt_under_a_local_policy_goes_to_no_cloud(house):
    gateway = ready(open_library(house, privacy="CLOUD_NOT_IN_EU_BY_US_PROVIDER"))
    before = heard(gateway)
    told = tried(gateway, CODE, policy="stay")
    assert told["encoder"] == "built_in" and told["encoder_why"] == "forbidden"
    status, _, _ = gateway.call("POST", "/v1/chat/completions", {"messages": [{"role": "user", "content": CODE}]},
                                headers={"policy": "stay"})
    assert status == 200 and heard(gateway) == before
    assert b"KeyError" not in gateway.library.last_body()
    assert tried(gateway, CODE)["encoder"] == "reader"
    assert heard(gateway) == before + 1 and b"KeyError" in gateway.library.last_body()


def test_no_prompt_goes_where_it_would_be_stored(house):
    gateway = open_library(house, log="FULL")
    told = tried(gateway, CODE)
    assert told["encoder"] == "built_in" and told["encoder_why"] == "not_ready"
    gateway.says(r"classification\.embeddings is not used.*'librarian' has log level FULL.*set it to BILLING")
    assert heard(gateway) == 0
    gateway.admin("PATCH", f"/processes/{gateway.librarian}", {"log": "BILLING"})
    eventually(lambda: tried(gateway, CODE)["encoder"] == "reader", 20, "the reader")


def test_without_the_setting_nothing_of_it_is_seen(house):
    gateway = ready(open_library(house))
    before = heard(gateway)
    reload(gateway, classification={"examples": gateway.settings["classification"]["examples"]})
    told = tried(gateway, CODE)
    assert "encoder" not in told and heard(gateway) == before
    assert "logos_embedding" not in gateway.call("GET", "/metrics")[2].decode()
    assert any(a["name"] == "embedder" and a["state"] == "off" for a in gateway.admin("GET", "/actors")["actors"])
