# SPDX-License-Identifier: MIT
"""What a request costs is known to the last nano-unit, by which price, and can be made again."""

import csv
import datetime
import decimal
import io
import json

from support.books import Books
from support.money import COST_NANO, FIXED, PRICE, ask, serve, shop
from support.programs import eventually, provider


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
    status, _, body = gateway.call("GET", "/admin/v1/prices/1?version=2")
    assert (status, json.loads(body)["version"]) == (200, 2)
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


def test_the_cost_that_is_told_is_the_booked_one_also_where_the_usage_is_not_believed(house):
    cloud = house.simulate(FIXED)
    gateway = house.serve([provider("cloud", cloud, "fixed")], usage_cost=True)
    gateway.admin("POST", "/prices", PRICE)
    text = " word" * 200
    for usage in ({"prompt_tokens": 10, "completion_tokens": 0, "total_tokens": 10},
                  {"prompt_tokens": -1, "completion_tokens": 3, "cost": 5},
                  {"prompt_tokens": 31, "completion_tokens": 1, "total_tokens": 332}):
        body = json.dumps({"choices": [{"index": 0, "message": {"role": "assistant", "content": text},
                                        "finish_reason": "stop"}], "usage": usage})
        cloud.add_fault("status", model="fixed", count=1, code=200, body=body)
        _, headers, answer = ask(gateway, None)
        row = Books(gateway).row(headers["x-request-id"])
        assert row["cost_nano"] > 0
        assert round(json.loads(answer)["usage"]["cost"] * 1e9) == row["cost_nano"], usage


def test_the_usage_of_googles_own_api_is_booked_at_the_model_that_the_path_names(house):
    cloud = house.simulate(FIXED)
    gateway = house.serve([provider("cloud", cloud, "fixed", "other")], usage_cost=True)
    gateway.admin("POST", "/prices", PRICE)
    used = {"promptTokenCount": 1000, "candidatesTokenCount": 2000, "thoughtsTokenCount": 3000, "totalTokenCount": 6000}
    answer = json.dumps({"candidates": [{"content": {"parts": [{"text": "hi"}]}}], "usageMetadata": used})
    cloud.add_fault("status", path="/v1/models/", count=1, code=200, body=answer)
    status, headers, text = gateway.call("POST", "/v1/models/fixed:generateContent",
                                         {"contents": [{"parts": [{"text": "hi"}]}]})
    assert (status, text.decode()) == (200, answer)
    row = Books(gateway).row(headers["x-request-id"])
    assert (row["usage_source"], row["prompt_tokens"], row["completion_tokens"], row["cost_nano"]) == (
        "provider", 1000, 5000, 5_000_000_000)
    assert gateway.admin("GET", f"/requests/{headers['x-request-id']}")["model"] == "fixed"


def test_reading_a_stored_answer_again_is_not_billed(house):
    cloud = house.simulate(FIXED)
    gateway = house.serve([provider("cloud", cloud, "fixed")])
    gateway.admin("POST", "/prices", PRICE)
    body = '{"id":"resp_1","usage":{"input_tokens":1000,"output_tokens":1000,"total_tokens":2000}}'
    cloud.add_fault("status", path="/v1/responses/", code=200, body=body)
    status, headers, text = gateway.call("GET", "/v1/responses/resp_1?model=fixed")
    row = Books(gateway).row(headers["x-request-id"])
    assert (row["cost_nano"], row["prompt_tokens"], row["usage_source"] or "none") == (0, 0, "none"), (status, text)
