# SPDX-License-Identifier: MIT
"""What happened is in the books exactly once, whatever happens to the gateway or its database."""

import json
import threading

import pytest

from support.books import Books
from support.load import Load
from support.programs import Gateway, eventually, provider

QUICK = "chat:speed=0,prefill=0,tokens=24"
STEADY = "steady:speed=200,prefill=0,tokens=40"


def test_each_finished_request_has_one_row_within_a_second(house, storage):
    cloud = house.simulate(QUICK, "embed:dim=8,can=embedding")
    gateway = house.serve([provider("cloud", cloud, "chat", "embed")], storage=storage)
    key, process_id = gateway.new_key("booked")
    books = Books(gateway)
    _, headers, text = gateway.chat("chat", key=key)
    row = books.row(headers["x-request-id"])
    usage = json.loads(text)["usage"]
    assert (row["prompt_tokens"], row["completion_tokens"], row["total_tokens"]) == \
        (usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"])
    assert (row["http_status"], row["result_status"], row["usage_source"]) == (200, "success", "provider")
    assert row["process_id"] == process_id and row["model_id"] and row["provider_id"] and row["deployment_id"]
    assert row["classification_statistics"] is None
    assert row["input_payload"] is None and row["client_ip"] is None
    assert row["response_bytes"] > 0 and row["request_bytes"] > 0


def test_the_tokens_in_the_books_are_those_of_the_provider(house, storage):
    cloud = house.simulate(QUICK)
    gateway = house.serve([provider("cloud", cloud, "chat")], storage=storage)
    books = Books(gateway)
    ids = []
    for stream in (True, False):
        for tokens in (1, 5, 17):
            status, headers, _ = gateway.chat("chat", "word " * tokens, stream=stream, max_tokens=tokens)
            assert status == 200
            ids.append(headers["x-request-id"])
    told = [(r["prompt_tokens"], r["tokens_sent"]) for r in cloud.requests("chat")]
    rows = [books.row(i) for i in ids]
    assert [(r["prompt_tokens"], r["completion_tokens"]) for r in rows] == told
    totals = books.query("select t.name, sum(u.token_count) as n from usage_tokens u join token_types t on t.id = u.type_id"
                         " group by t.name")
    assert {t["name"]: int(t["n"]) for t in totals}["completion_tokens"] == sum(sent for _, sent in told)


def test_refusals_of_a_known_key_are_in_the_books_with_their_status(house, storage):
    cloud = house.simulate(QUICK)
    gateway = house.serve([provider("cloud", cloud, "chat")], storage=storage)
    books = Books(gateway)
    for body, status in (({"model": "none", "messages": []}, 404), ({"model": "chat", "stream": 5}, 400)):
        answered, headers, _ = gateway.call("POST", "/v1/chat/completions", body)
        assert answered == status
        assert books.row(headers["x-request-id"])["http_status"] == status
    cloud.add_fault("status", code=418, model="chat", count=1)
    _, headers, _ = gateway.chat("chat")
    row = books.row(headers["x-request-id"])
    assert (row["http_status"], row["result_status"], row["error_code"]) == (418, "error", "upstream_error")


def test_dataset_and_metadata_are_kept(house, storage):
    cloud = house.simulate(QUICK)
    gateway = house.serve([provider("cloud", cloud, "chat")], storage=storage)
    _, headers, _ = gateway.chat("chat", headers={"x-logos-dataset": "trial", "x-logos-metadata": '{"run": 7}'})
    row = Books(gateway).row(headers["x-request-id"])
    metadata = row["metadata"] if isinstance(row["metadata"], dict) else json.loads(row["metadata"])
    assert (row["dataset"], metadata) == ("trial", {"run": 7})


def test_a_full_log_keeps_bodies_and_no_secrets(house, storage):
    cloud = house.simulate(QUICK)
    gateway = house.serve([provider("cloud", cloud, "chat")], storage=storage)
    key, _ = gateway.new_key("watched", log="FULL")
    _, headers, _ = gateway.chat("chat", "a rare word", key=key)
    row = Books(gateway).row(headers["x-request-id"])
    assert "a rare word" in str(row["input_payload"])
    assert row["response_payload"] and row["client_ip"] == "127.0.0.1"
    assert key not in str(row)


def test_concurrent_requests_are_each_in_the_books_once(house, storage):
    cloud = house.simulate(QUICK)
    gateway = house.serve([provider("cloud", cloud, "chat", parallel=64)], storage=storage)
    load = Load(gateway, "chat", clients=16)
    eventually(lambda: len(load.finished()) > 600, 20, "600 answers")
    load.stop()
    assert not load.failures()
    books = Books(gateway)
    eventually(lambda: books.count() >= len(load.finished()), 5, "all rows")
    assert set(books.by_id()) == set(load.finished())


def test_a_killed_gateway_loses_no_finished_request_and_books_none_twice(house, storage):
    cloud = house.simulate(QUICK, STEADY)
    gateway = house.serve([provider("cloud", cloud, "chat", "steady", parallel=64)], storage=storage)
    loads = [Load(gateway, "chat", clients=4), Load(gateway, "steady", clients=12)]
    eventually(lambda: len(loads[0].finished()) > 100 and len(loads[1].finished()) > 24, 20, "a load")
    gateway.kill()
    for load in loads:
        load.stop()
    finished = [i for load in loads for i in load.finished()]
    cut = [seen.request_id for load in loads for seen, _ in load.errors if seen.request_id]
    assert cut, "nothing was running when it was killed"
    again = house.serve([provider("cloud", cloud, "chat", "steady", parallel=64)], folder=gateway.folder, storage=storage)
    books = Books(again)
    eventually(lambda: set(finished) | set(cut) <= set(books.by_id()), 10, "every row")
    rows = books.by_id()
    assert all(rows[i]["result_status"] == "success" for i in finished)
    assert {rows[i]["result_status"] for i in cut} <= {"partial", "success"}
    # `steady` takes a fifth of a second from head to end, so most of what was cut had not been finished.
    assert any(rows[i]["result_status"] == "partial" for i in cut)
    assert again.chat("chat")[0] == 200


def test_killing_it_twice_in_a_row_changes_nothing(house):
    cloud = house.simulate(QUICK)
    providers = [provider("cloud", cloud, "chat")]
    gateway = house.serve(providers)
    ids = [gateway.chat("chat")[1]["x-request-id"] for _ in range(20)]
    for _ in range(2):
        gateway.kill()
        gateway = house.serve(providers, folder=gateway.folder)
    eventually(lambda: set(ids) <= set(Books(gateway).by_id()), 5, "every row")
    assert Books(gateway).count() == 20


@pytest.mark.timeout(120)
def test_a_database_that_is_away_delays_rows_and_loses_none(house, postgres):
    cloud = house.simulate(QUICK)
    gateway = house.serve([provider("cloud", cloud, "chat", parallel=64)], storage=postgres.new_database())
    load = Load(gateway, "chat", clients=4)
    eventually(lambda: len(load.finished()) > 50, 20, "a load")
    postgres.stop()
    try:
        before = len(load.finished())
        # Ten seconds without a database, measured by what is asked meanwhile: the load never pauses.
        threading.Event().wait(10)
        assert len(load.finished()) > before + 50
        assert not load.failures()
        status, _, text = gateway.call("GET", "/ready", key="")
        assert (status, json.loads(text)["database"]) == (200, "away")
    finally:
        postgres.start()
    after = len(load.finished())
    eventually(lambda: len(load.finished()) > after + 50, 10, "requests after the return")
    load.stop()
    assert not load.failures()
    books = Books(gateway)
    eventually(lambda: books.count() >= len(load.finished()), 30, "all rows")
    assert set(books.by_id()) == set(load.finished())
    assert json.loads(gateway.call("GET", "/ready", key="")[2])["database"] == "up"
