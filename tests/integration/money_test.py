# SPDX-License-Identifier: MIT
"""Nobody spends more than allowed, and what everybody spent is known to the last nano-unit."""

import concurrent.futures
import json
import time

import pytest

from support.books import Books
from support.load import Load
from support.money import COST_NANO, FIXED, PRICE, ask, budget, in_balance, ledger, serve, shop
from support.programs import SLOWNESS, eventually, provider


@pytest.mark.parametrize("stream", (False, True), ids=("whole", "streamed"))
def test_of_two_hundred_concurrent_requests_exactly_as_many_get_in_as_the_budget_holds(house, storage, stream):
    gateway, cloud = shop(house, storage)
    for k in (0, 1, 7, 64, 199):
        key, process_id = gateway.new_key(f"k{k}")
        budget(gateway, process_id, f"{k * COST_NANO / 1e9:.9f}")
        before = len(cloud.requests("fixed"))
        with concurrent.futures.ThreadPoolExecutor(200) as pool:
            # Who meets a hold comes again: what is held is not spent.
            def until_ruled(_):
                for _ in range(200):
                    status, _, _ = ask(gateway, key, stream)
                    if status != 429:
                        return status
                    time.sleep(0.01)  # as long as a client would wait, if not the seconds that retry-after says
                return 429
            outcomes = list(pool.map(until_ruled, range(200)))
        assert (outcomes.count(200), outcomes.count(402)) == (k, 200 - k)
        assert len(cloud.requests("fixed")) - before == k
        eventually(lambda: ledger(gateway)["logos_ledger_reservations"] == 0, 5, "all holds to end")
        assert in_balance(gateway)


def test_concurrent_requests_never_hold_more_than_the_budget(house, storage):
    gateway, cloud = shop(house, storage, "fixed:speed=40,prefill=0,tokens=10")
    key, process_id = gateway.new_key("app")
    budget(gateway, process_id, "0.05")
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        outcomes = list(pool.map(lambda _: ask(gateway, key)[0], range(40)))
    assert outcomes.count(200) == 5
    assert outcomes.count(200) + outcomes.count(429) + outcomes.count(402) == 40
    assert len(cloud.requests("fixed")) == 5


def test_a_zero_budget_blocks_every_way_to_a_provider(house, storage):
    gateway, cloud = shop(house, storage)
    key, process_id = gateway.new_key("poor")
    budget(gateway, process_id, "0")
    body = {"model": "fixed", "messages": [{"role": "user", "content": "hi"}], "input": "hi", "prompt": "hi"}
    for path in ("/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses", "/v1/whatever",
                 "/openai/chat/completions", "/openai/deployments/fixed/chat/completions"):
        status, _, text = gateway.call("POST", path, body, key=key)
        assert status == 402, (path, status, text)
        assert json.loads(text)["error"]["code"] == "insufficient_quota"
    without_model = {"messages": body["messages"]}
    assert gateway.call("POST", "/v1/chat/completions", without_model, key=key)[0] == 402
    assert gateway.call("GET", "/v1/models", key=key)[0] == 200
    assert not cloud.requests("fixed")


def test_what_was_spent_is_not_forgotten_by_a_restart_or_a_kill(house, storage):
    gateway, cloud = shop(house, storage)
    key, process_id = gateway.new_key("app")
    budget(gateway, process_id, "0.03")
    assert ask(gateway, key)[0] == 200
    gateway.kill()
    gateway = serve(house, storage, cloud, gateway.folder)
    assert ask(gateway, key)[0] == 200
    gateway.terminate()
    gateway = serve(house, storage, cloud, gateway.folder)
    assert [ask(gateway, key)[0] for _ in range(3)] == [200, 402, 402]


@pytest.mark.parametrize("way", ["kill", "stop", "rule", "rerate"])
def test_a_long_journal_is_read_to_its_end_before_anybody_is_ruled_on_by_it(house, postgres, way):
    answers = []
    cloud = house.simulate(FIXED)
    gateway = serve(house, postgres.new_database(), cloud)
    gateway.admin("POST", "/prices", PRICE)
    key, process_id = gateway.new_key("full", log="FULL")
    first = budget(gateway, process_id, "1")
    assert ask(gateway, key)[0] == 200
    eventually(lambda: Books(gateway).count() == 1, 10, "the first row")
    postgres.stop()
    try:
        # A batch has no more than 16 MiB.
        answers = [ask(gateway, key, text="y" * 400_000)[0] for _ in range(80)]
        if way == "kill":
            gateway.kill()
    finally:
        postgres.start()
    assert answers == [200] * 80
    if way == "stop":
        assert gateway.terminate() == 0
        assert Books(gateway).count() == 81, "a clean stop leaves nothing in the journal"
    if way in ("kill", "stop"):
        gateway = serve(house, gateway.settings["storage"], cloud, folder=gateway.folder)
    elif way == "rule":
        second = {"scope": "process", "scope_id": process_id, "period": "month", "amount": "1", "currency": "EUR"}
        eventually(lambda: gateway.call("POST", "/admin/v1/budgets", second)[0] == 201, 30, "the second budget")
        gateway.admin("PATCH", f"/budgets/{first['id']}", {"amount": "1000"})
    else:
        times = {"from": "2026-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}
        eventually(lambda: gateway.call("POST", "/admin/v1/rerate", times)[0] == 200, 30, "the rerate")
    answers = [ask(gateway, key)[0] for _ in range(30)]
    assert (answers.count(200), answers.count(402)) == (19, 11), answers
    assert len(cloud.requests("fixed")) == 100
    eventually(lambda: Books(gateway).query("select count(*) as n from log_entry where http_status = 200")[0]["n"] == 100,
               10, "every row")


def may_be_missing(relayed):
    """Of an answer whose gateway was killed: less than half or 64 tokens, and what came within the last 100 ms."""
    return min(relayed / 2, 64) + 100 * 0.1 * SLOWNESS


@pytest.mark.parametrize("rule", ("free", "limited", "held"))
def test_what_a_kill_cuts_off_is_billed_by_what_had_come_of_it(house, storage, rule):
    cloud = house.simulate("steady:speed=100,prefill=0,tokens=400")
    gateway = house.serve([provider("cloud", cloud, "steady", parallel=64)], storage=storage)
    for tokens, price in (("prompt_tokens", "1"), ("completion_tokens", "2")):
        gateway.admin("POST", "/prices", {**PRICE, "model": "steady", "token_type": tokens, "price_per_k_token": price})
    key, process_id = gateway.new_key("app")
    if rule == "held":
        budget(gateway, process_id, "100")
    elif rule == "limited":
        gateway.admin("POST", "/limits", {"scope": "process", "scope_id": process_id, "kind": "requests_per_minute",
                                          "value": 1000})
    load = Load(gateway, "steady", clients=4, key=key, user="cut")
    eventually(lambda: len(cloud.requests("steady")) == 4, 10, "four streams")
    time.sleep(1.5)  # some 150 tokens of each
    gateway.kill()
    load.stop()
    seen = {one.request_id: one.text.count(b'"content":"') - one.text.count(b'"content":""') for one, _ in load.errors
            if one.request_id}
    assert len(seen) == 4 and min(seen.values()) > 20, seen
    bills = json.loads(cloud.control("GET", "/bills"))["requests"]
    gateway = house.serve([provider("cloud", cloud, "steady", parallel=64)], folder=gateway.folder, storage=storage)
    books = Books(gateway)
    cut = eventually(lambda: [r for r in books.by_id().values() if r["result_status"] == "partial"], 10, "what was cut")
    assert {r["request_id"] for r in cut} == set(seen)
    most = max(b["tokens_sent"] for b in bills)
    for r in cut:
        booked = r["completion_tokens"]
        assert 1 <= booked <= most, (r, bills)
        assert seen[r["request_id"]] - booked <= may_be_missing(seen[r["request_id"]]), (r, seen)
        assert r["usage_source"] == "partial" and r["prompt_tokens"] > 0
        assert r["cost_nano"] == 1_000_000 * r["prompt_tokens"] + 2_000_000 * booked
        assert (r["hold_nano"] > 0) == (rule == "held"), "a limit holds no money"
        assert rule != "held" or r["cost_nano"] <= r["hold_nano"]
    off = sum(b["tokens_sent"] for b in bills) - sum(r["completion_tokens"] for r in cut)
    assert 0 <= off <= sum(may_be_missing(b["tokens_sent"]) for b in bills), (off, bills)
    assert {r["price_versions"] for r in cut} == {"1@1 2@1"}
    job = gateway.admin("POST", "/rerate", {"from": "2020-01-01T00:00:00Z", "to": "2030-01-01T00:00:00Z"}, expect=200)
    assert (job["changed"], job["cost_before"]) == (0, job["cost_after"])
    gateway.admin("PATCH", "/prices/2", {"price_per_k_token": "4"})
    gateway.admin("POST", "/rerate", {"from": "2020-01-01T00:00:00Z", "to": "2030-01-01T00:00:00Z"}, expect=200)
    for r in cut:
        assert books.row(r["request_id"])["cost_nano"] == 1_000_000 * r["prompt_tokens"] + 4_000_000 * r["completion_tokens"]


def test_a_budget_made_now_counts_what_was_spent_before(house, storage):
    gateway, _ = shop(house, storage)
    key, process_id = gateway.new_key("app")
    assert ask(gateway, key)[0] == 200
    made = budget(gateway, process_id, "0.01")
    assert ask(gateway, key)[0] == 402
    gateway.admin("PATCH", f"/budgets/{made['id']}", {"amount": "0.02"})
    assert [ask(gateway, key)[0] for _ in range(2)] == [200, 402]
    gateway.admin("DELETE", f"/budgets/{made['id']}")
    assert ask(gateway, key)[0] == 200


def test_pricing_anew_counts_under_budgets_at_once(house, storage):
    gateway, _ = shop(house, storage)
    key, process_id = gateway.new_key("app")
    budget(gateway, process_id, "0.03")
    assert ask(gateway, key)[0] == 200
    price = gateway.admin("GET", "/prices")["data"][0]
    gateway.admin("PATCH", f"/prices/{price['id']}", {"price_per_k_token": "3"})
    span = {"from": "2026-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}
    eventually(lambda: gateway.admin("POST", "/rerate", {**span, "dry_run": True}, expect=200)["requests"] == 1, 5)
    assert gateway.admin("POST", "/rerate", span, expect=200)["difference"] == "0.02"
    assert ask(gateway, key)[0] == 402, "three times dearer, it has spent all"
    gateway.admin("PATCH", f"/prices/{price['id']}", {"price_per_k_token": "1"})
    assert gateway.admin("POST", "/rerate", span, expect=200)["cost_after"] == "0.01"
    assert [ask(gateway, key)[0] for _ in range(3)] == [200, 200, 402]
    assert in_balance(gateway)


def test_a_soft_budget_refuses_nobody(house, storage):
    gateway, _ = shop(house, storage)
    key, process_id = gateway.new_key("app")
    budget(gateway, process_id, "0.01", hard=False)
    assert [ask(gateway, key)[0] for _ in range(3)] == [200, 200, 200]


def test_a_hard_budget_pays_for_as_long_an_answer_as_it_can(house, storage):
    gateway, cloud = shop(house, storage, "fixed:speed=0,prefill=0,tokens=500")
    key, process_id = gateway.new_key("app")
    budget(gateway, process_id, "0.200")  # 200 tokens; without a limit 4096 would be held
    status, _, text = gateway.chat("fixed", key=key)
    assert status == 200 and json.loads(cloud.last_body())["max_completion_tokens"] == 200
    answer = json.loads(text)
    assert answer["usage"]["completion_tokens"] == 200 and answer["choices"][0]["finish_reason"] == "length"
    assert gateway.chat("fixed", key=key)[0] == 402, "and then it is spent"
    other, process_id = gateway.new_key("other")
    budget(gateway, process_id, "0.200")
    assert gateway.chat("fixed", key=other, max_tokens=201)[0] == 402, "a bound that the client has set is not cut"
    eventually(lambda: in_balance(gateway) and ledger(gateway)["logos_ledger_outstanding_nano"] == 0)


def test_holds_end_whatever_becomes_of_the_request(house, storage):
    gateway, cloud = shop(house, storage, "fixed:speed=100,prefill=0,tokens=10")
    key, process_id = gateway.new_key("app")
    budget(gateway, process_id, "1000")
    for fault in ({"kind": "status", "code": 500}, {"kind": "cut_mid_stream", "after_chunks": 3}):
        cloud.add_fault(fault.pop("kind"), model="fixed", count=3, **fault)
        for stream in (False, True):
            ask(gateway, key, stream)
    cloud.clear_faults()
    load = Load(gateway, "fixed", clients=8, key=key, max_tokens=10)
    time.sleep(0.3)  # some of them are in the middle of an answer then
    load.stop()
    eventually(lambda: ledger(gateway)["logos_ledger_reservations"] == 0, 5, "all holds to end")
    assert ledger(gateway)["logos_ledger_outstanding_nano"] == 0
    assert in_balance(gateway)
