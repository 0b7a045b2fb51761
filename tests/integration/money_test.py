# SPDX-License-Identifier: MIT
"""Nobody spends more than allowed, and what everybody spent is known to the last nano-unit."""

import concurrent.futures
import csv
import datetime
import decimal
import io
import json
import time

import pytest

from support.books import Books
from support.load import Load
from support.programs import SLOWNESS, eventually, provider

# Ten tokens cost 0.01; prompts cost nothing, so that what is held is what it costs.
FIXED = "fixed:speed=0,prefill=0,tokens=10"
PRICE = {"model": "fixed", "token_type": "completion_tokens", "valid_from": "2026-01-01T00:00:00Z",
         "price_per_k_token": "1", "currency": "EUR"}
COST_NANO = 10_000_000


def serve(house, storage, cloud, folder=None, **config):
    return house.serve([provider("cloud", cloud, "fixed", parallel=64)], folder=folder, storage=storage, **config)


def shop(house, storage, model=FIXED, **config):
    cloud = house.simulate(model)
    gateway = serve(house, storage, cloud, **config)
    gateway.admin("POST", "/prices", PRICE)
    return gateway, cloud


def budget(gateway, process_id, amount, **more):
    return gateway.admin("POST", "/budgets", {"scope": "process", "scope_id": process_id, "period": "total",
                                                      "amount": amount, "currency": "EUR", **more})


def ask(gateway, key, stream=False, **fields):
    status, headers, text = gateway.chat("fixed", key=key, stream=stream, max_tokens=10, **fields)
    return status, headers, text


def ledger(gateway):
    _, _, text = gateway.call("GET", "/metrics")
    return {line.split()[0]: int(line.split()[1]) for line in text.decode().splitlines() if line.startswith("logos_ledger_")}


def in_balance(gateway):
    sums = ledger(gateway)
    return sums["logos_ledger_imbalances_total"] == 0 and sums["logos_ledger_reserved_nano_total"] == \
        sums["logos_ledger_settled_nano_total"] + sums["logos_ledger_released_nano_total"] + \
        sums["logos_ledger_outstanding_nano"]


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


def test_the_books_have_each_requests_cost_and_reports_their_sum(house, storage):
    gateway, _ = shop(house, storage)
    key, process_id = gateway.new_key("app")
    books = Books(gateway)
    for _ in range(3):
        _, headers, _ = ask(gateway, key)
        row = books.row(headers["x-request-id"])
        assert (row["cost_nano"], row["price_id"]) == (COST_NANO, 1)
    report = gateway.admin("GET", "/usage?group_by=process,model")["data"]
    mine = [r for r in report if r["process_id"] == process_id]
    assert [(r["requests"], r["cost"], r["model"]) for r in mine] == [(3, "0.03", "fixed")]


def test_a_price_counts_from_its_day_on(house, storage):
    gateway, _ = shop(house, storage)
    gateway.admin("POST", "/prices", {**PRICE, "valid_from": "2999-01-01T00:00:00Z",
                                               "price_per_k_token": "9"})
    gateway.admin("POST", "/prices", {**PRICE, "model": None, "price_per_k_token": "5"})
    _, headers, _ = ask(gateway, None)
    assert Books(gateway).row(headers["x-request-id"])["cost_nano"] == COST_NANO


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


def test_prices_in_the_file_count_in_the_installations_currency_and_end_with_it(house):
    cloud = house.simulate(FIXED)
    providers = [provider("cloud", cloud, "fixed")]
    priced = {"model": "fixed", "token_type": "completion_tokens", "valid_from": "2026-01-01", "price_per_k_token": 2}
    gateway = house.serve(providers, prices=[{**priced, "currency": "USD"}], rates={"USD": 0.5})
    _, headers, _ = ask(gateway, None)
    assert Books(gateway).row(headers["x-request-id"])["cost_nano"] == COST_NANO
    [price] = gateway.admin("GET", "/prices")["data"]
    assert (price["origin"], price["price_per_k_token"], price["currency"]) == ("config", "2", "USD")
    assert gateway.call("DELETE", f"/admin/v1/prices/{price['id']}")[0] == 409
    [rate] = gateway.admin("GET", "/rates")["data"]
    assert (rate["origin"], rate["currency"], rate["rate"]) == ("config", "USD", "0.5")
    assert gateway.call("PATCH", f"/admin/v1/rates/{rate['id']}", {"rate": "2"})[0] == 409
    assert gateway.call("POST", "/admin/v1/prices", {**PRICE, "currency": "GBP", "model": None})[0] == 409
    gateway.terminate()
    gateway = house.serve(providers, folder=gateway.folder)
    assert gateway.admin("GET", "/prices")["data"] == [] and gateway.admin("GET", "/rates")["data"] == []
    _, headers, _ = ask(gateway, None)
    assert Books(gateway).row(headers["x-request-id"])["cost_nano"] == 0


def test_the_file_may_change_the_currency_that_its_prices_are_in(house):
    cloud = house.simulate(FIXED)
    providers = [provider("cloud", cloud, "fixed")]
    priced = {"model": "fixed", "token_type": "completion_tokens", "valid_from": "2026-01-01", "price_per_k_token": 2}
    gateway = house.serve(providers, prices=[priced])
    gateway.terminate()
    gateway = house.serve(providers, folder=gateway.folder, currency="USD", prices=[priced])
    assert [p["currency"] for p in gateway.admin("GET", "/prices")["data"]] == ["USD"]


def test_what_is_made_first_decides_the_currency_unless_the_file_names_one(house, storage):
    cloud = house.simulate(FIXED)
    gateway = serve(house, storage, cloud, usage_cost=True)
    gateway.admin("POST", "/prices", {**PRICE, "currency": "USD"})
    _, _, text = ask(gateway, None)
    assert json.loads(text)["usage"]["cost_currency"] == "USD"
    assert gateway.call("POST", "/admin/v1/prices", {**PRICE, "valid_from": "2026-02-01T00:00:00Z"})[0] == 409
    gateway.terminate()
    gateway = serve(house, storage, cloud, folder=gateway.folder)
    assert gateway.call("POST", "/admin/v1/prices", {**PRICE, "valid_from": "2026-02-01T00:00:00Z"})[0] == 409


def test_a_rate_counts_from_the_next_request_on_and_pricing_anew_keeps_to_its_time(house, storage):
    gateway, _ = shop(house, storage, currency="EUR")
    gateway.admin("DELETE", f"/prices/{gateway.admin('GET', '/prices')['data'][0]['id']}")
    in_dollars = {**PRICE, "currency": "USD"}
    status, _, text = gateway.call("POST", "/admin/v1/prices", in_dollars)
    assert status == 409 and b"/admin/v1/rates" in text
    first = gateway.admin("POST", "/rates", {"currency": "USD", "rate": "0.5", "valid_from": "2026-01-01T00:00:00Z"})
    gateway.admin("POST", "/prices", in_dollars)
    _, headers, _ = ask(gateway, None)
    old = headers["x-request-id"]
    assert Books(gateway).row(old)["cost_nano"] == COST_NANO // 2
    now = datetime.datetime.now(datetime.timezone.utc).isoformat().replace("+00:00", "Z")
    second = gateway.admin("POST", "/rates", {"currency": "USD", "rate": 2, "valid_from": now})
    _, headers, _ = ask(gateway, None)
    new = headers["x-request-id"]
    assert Books(gateway).row(new)["cost_nano"] == 2 * COST_NANO
    costs = {r: gateway.admin("GET", f"/requests/{r}") for r in (old, new)}
    assert [(costs[r]["cost"], costs[r]["rate_id"]) for r in (old, new)] == [("0.005", first["id"]), ("0.02", second["id"])]
    status, _, text = gateway.call("PATCH", f"/admin/v1/rates/{first['id']}", {"rate": "0.1"}, headers={"If-Match": '"9"'})
    assert status == 412, text
    gateway.admin("PATCH", f"/rates/{first['id']}", {"rate": "0.1"})
    assert Books(gateway).row(old)["cost_nano"] == COST_NANO // 2, "what is on the books stays"
    done = gateway.admin("POST", "/rerate", {"from": "2026-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}, expect=200)
    assert done["changed"] == 1
    assert [Books(gateway).row(r)["cost_nano"] for r in (old, new)] == [COST_NANO // 10, 2 * COST_NANO]
    events = gateway.admin("GET", "/events?resource=rate")["data"]
    assert [e["action"] for e in events] == ["update", "create", "create"]
    assert gateway.call("DELETE", f"/admin/v1/rates/{first['id']}")[0] == 409, "the price began with it"


def test_an_operators_own_token_type_is_counted_priced_reported_and_priced_anew(house, storage):
    gateway, cloud = shop(house, storage)
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110,
             "server_tool_use": {"web_search_requests": 3}, "prompt_tokens_details": {"image_tokens": 40}}
    body = json.dumps({"id": "x", "object": "chat.completion", "choices": [], "usage": usage})
    searches = gateway.admin("POST", "/token-types", {"name": "web_searches",
                                                      "counted_from": "usage.server_tool_use.web_search_requests"})
    gateway.admin("POST", "/token-types", {"name": "prompt_image_tokens", "part_of": "prompt_tokens",
                                           "counted_from": "usage.prompt_tokens_details.image_tokens"})
    for name, price in (("web_searches", "10"), ("prompt_image_tokens", "4"), ("prompt_tokens", "1")):
        gateway.admin("POST", "/prices", {**PRICE, "token_type": name, "price_per_k_token": price})

    def ask_once():
        cloud.add_fault("status", model="fixed", count=1, code=200, body=body)
        status, headers, text = ask(gateway, None)
        assert status == 200 and b"web_search_requests" in text, text
        return headers["x-request-id"]

    request = ask_once()
    assert Books(gateway).row(request)["cost_nano"] == 260_000_000
    row = gateway.admin("GET", f"/requests/{request}")
    assert row["usage"]["own"] == {"web_searches": 3, "prompt_image_tokens": 40}
    assert row["cost"] == "0.26", "3 * 10 + 40 * 4 + 60 * 1 + 10 * 1 thousandths"
    [total] = gateway.admin("GET", "/usage")["data"]
    assert (total["cost"], total["usage"]["own"]) == ("0.26", {"web_searches": 3, "prompt_image_tokens": 40})
    _, _, text = gateway.call("GET", "/admin/v1/usage?format=csv")
    assert b"web_searches" in text
    for method, path, body_, wanted in (("DELETE", "/token-types/1", None, 409), ("DELETE", f"/token-types/{searches['id']}", None, 409),
                                        ("PATCH", "/token-types/2", {"name": "answer"}, 409),
                                        ("POST", "/token-types", {"name": "x", "counted_from": "usage.prompt_tokens"}, 400)):
        assert gateway.call(method, "/admin/v1" + path, body_)[0] == wanted, path
    [price] = [p for p in gateway.admin("GET", "/prices")["data"] if p["token_type"] == "web_searches"]
    gateway.admin("PATCH", f"/prices/{price['id']}", {"price_per_k_token": "100"})
    gateway.admin("POST", "/rerate", {"from": "2026-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}, expect=200)
    row = gateway.admin("GET", f"/requests/{request}")
    assert (row["cost"], row["price_versions"]) == ("0.53", "1@1 2@2 3@1 4@1")


def made_again(gateway, row):
    """The cost of a request, from what the books name: counts, and versions of prices and rates."""
    prices = {}
    for entry in row["price_versions"].split():
        (price_id, version), *rate = [part.split("@") for part in entry.split("*")]
        price = gateway.admin("GET", f"/prices/{price_id}?version={version}")
        assert (price["id"], price["version"]) == (int(price_id), int(version))
        worth = 1
        for rate_id, rate_version in rate:
            worth = decimal.Decimal(gateway.admin("GET", f"/rates/{rate_id}?version={rate_version}")["rate"])
        prices[price["token_type"]] = decimal.Decimal(price["price_per_k_token"]) * worth
    usage = row["usage"]
    whole = {"prompt_tokens": usage["prompt_tokens"] - usage["prompt_cached_tokens"],
             "prompt_cached_tokens": usage["prompt_cached_tokens"], "completion_tokens": usage["completion_tokens"]}
    return sum(count * prices[token_type] / 1000 for token_type, count in whole.items() if token_type in prices)


def test_a_stored_cost_is_made_again_from_the_versions_it_names_whatever_became_of_the_prices(house, storage):
    gateway, cloud = shop(house, storage, currency="EUR")
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110, "prompt_tokens_details": {"cached_tokens": 40}}
    body = json.dumps({"id": "x", "object": "chat.completion", "choices": [], "usage": usage})
    rate = gateway.admin("POST", "/rates", {"currency": "USD", "rate": "0.5", "valid_from": "2026-01-01T00:00:00Z"})
    prompt = gateway.admin("POST", "/prices", {**PRICE, "token_type": "prompt_tokens", "price_per_k_token": "2"})
    cached = gateway.admin("POST", "/prices", {**PRICE, "token_type": "prompt_cached_tokens", "price_per_k_token": "0.3",
                                               "currency": "USD"})

    def ask_once(path="/v1/chat/completions"):
        cloud.add_fault("status", model="fixed", count=1, code=200, body=body)
        request = {"model": "fixed", "messages": [{"role": "user", "content": "hi"}]}
        status, headers, text = gateway.call("POST", path, request)
        assert status in (200, 202), text
        if status == 202:
            job = json.loads(text)["job_id"]
            ended = eventually(lambda: (lambda j: j["status"] == "success" and j)(gateway.admin("GET", f"/jobs/{job}")), 20)
            headers = {"x-request-id": ended["request_id"]}
        Books(gateway).row(headers["x-request-id"])
        return gateway.admin("GET", f"/requests/{headers['x-request-id']}")

    rows = [ask_once()]
    gateway.admin("PATCH", "/prices/1", {"price_per_k_token": "7"})
    gateway.admin("PATCH", f"/rates/{rate['id']}", {"rate": "0.8"})
    rows.append(ask_once())
    assert gateway.call("DELETE", f"/admin/v1/prices/{prompt['id']}")[0] == 204
    again = gateway.admin("POST", "/prices", {**PRICE, "token_type": "prompt_tokens", "price_per_k_token": "5"})
    assert again["id"] > cached["id"], "no id comes twice"
    rows.append(ask_once("/jobs/v1/chat/completions"))
    p, c, r = prompt["id"], cached["id"], rate["id"]
    assert [row["price_versions"] for row in rows] == [f"1@1 {p}@1 {c}@1*{r}@1", f"1@2 {p}@1 {c}@1*{r}@2",
                                                       f"1@2 {c}@1*{r}@2 {again['id']}@1"]
    costs = [row["cost"] for row in rows]
    assert costs == ["0.136", "0.1996", "0.3796"]
    for price in (1, c, again["id"]):
        assert gateway.call("DELETE", f"/admin/v1/prices/{price}")[0] == 204
    assert gateway.call("DELETE", f"/admin/v1/rates/{r}")[0] == 204
    assert [made_again(gateway, row) for row in rows] == [decimal.Decimal(cost) for cost in costs]

    assert gateway.call("GET", "/admin/v1/prices/1")[0] == 404
    status, headers, _ = gateway.call("GET", "/admin/v1/prices/1?version=2")
    assert (status, headers["etag"]) == (200, '"2"')
    for wanted, version in ((404, "3"), (404, "99"), (400, "0"), (400, "x")):
        assert gateway.call("GET", f"/admin/v1/prices/1?version={version}")[0] == wanted, version
    events = gateway.admin("GET", "/events?resource=price&id=1")["data"]
    assert [(e["action"], e["after"] and e["after"]["version"]) for e in events] == [("remove", None), ("update", 2), ("create", 1)]
    books = Books(gateway)
    assert [books.row(row["request_id"])["price_versions"] for row in rows] == [row["price_versions"] for row in rows]
    listed = {row["request_id"]: row["price_versions"] for row in gateway.admin("GET", "/requests")["data"]}
    _, _, text = gateway.call("GET", "/admin/v1/requests?format=csv")
    table = {row["request_id"]: row["price_versions"] for row in csv.DictReader(io.StringIO(text.decode()))}
    for row in rows:
        assert listed[row["request_id"]] == table[row["request_id"]] == row["price_versions"]
    gateway.admin("POST", "/rerate", {"from": "2026-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}, expect=200)
    assert {books.row(row["request_id"])["price_versions"] for row in rows} == {None}, "no price made a cost of nothing"


def test_the_cost_stands_in_the_usage_if_switched_on(house):
    cloud = house.simulate(FIXED)
    gateway = house.serve([provider("cloud", cloud, "fixed")], usage_cost=True)
    _, _, before = ask(gateway, None)
    assert "cost" not in json.loads(before)["usage"], "nobody knows it without a price"
    gateway.admin("POST", "/prices", PRICE)
    _, _, text = ask(gateway, None)
    answer = json.loads(text)
    assert (answer["usage"]["cost"], answer["usage"]["cost_currency"]) == (0.01, "EUR")
    _, _, text = ask(gateway, None, stream=True, stream_options={"include_usage": True})
    events = [json.loads(e[6:]) for e in text.decode().split("\n\n") if e.startswith("data: {")]
    assert [e["usage"]["cost"] for e in events if e["usage"]] == [0.01]
    assert text.endswith(b"data: [DONE]\n\n")
    _, _, text = ask(gateway, None, stream=True)
    assert b"cost" not in text, "who does not ask for usage gets none"


def test_reading_a_stored_answer_again_is_not_billed(house):
    cloud = house.simulate(FIXED)
    gateway = house.serve([provider("cloud", cloud, "fixed")])
    gateway.admin("POST", "/prices", PRICE)
    body = '{"id":"resp_1","usage":{"input_tokens":1000,"output_tokens":1000,"total_tokens":2000}}'
    cloud.add_fault("status", path="/v1/responses/", code=200, body=body)
    status, headers, text = gateway.call("GET", "/v1/responses/resp_1?model=fixed")
    row = Books(gateway).row(headers["x-request-id"])
    assert (row["cost_nano"], row["prompt_tokens"], row["usage_source"] or "none") == (0, 0, "none"), (status, text)


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
