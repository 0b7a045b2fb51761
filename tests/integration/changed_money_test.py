# SPDX-License-Identifier: MIT
"""A budget that is made or changed holds for what is on its way."""

import concurrent.futures
import decimal

import pytest

from support.programs import eventually, provider

# Ten tokens cost 0.01, and take half a second.
SLOW = "fixed:speed=20,prefill=0,tokens=10"
PRICE = {"model": "fixed", "token_type": "completion_tokens", "valid_from": "2026-01-01T00:00:00Z",
         "price_per_k_token": "1", "currency": "EUR"}


@pytest.fixture
def shop(house, storage):
    """A provider that serves one request at a time."""
    cloud = house.simulate(SLOW)
    gateway = house.serve([provider("cloud", cloud, "fixed", parallel=1)], storage=storage)
    gateway.admin("POST", "/prices", PRICE)
    return gateway, cloud


def budget(gateway, process_id, amount):
    return gateway.admin("POST", "/budgets", {"scope": "process", "scope_id": process_id, "period": "total",
                                              "amount": amount, "currency": "EUR"})["id"]


def spent(gateway, budget_id):
    return decimal.Decimal(gateway.admin("GET", f"/budgets/{budget_id}/balance")["spent"])


def in_a_queue(gateway, cloud, key, n, pool):
    """Futures of n requests, of which one is with the provider and the others wait for it."""
    before = len(cloud.requests("fixed"))
    asked = [pool.submit(lambda: gateway.chat("fixed", key=key, max_tokens=10)[0]) for _ in range(n)]
    eventually(lambda: len(cloud.requests("fixed")) > before, 10, "one to reach the provider")
    eventually(lambda: sum(each["state"] == "waiting" for each in gateway.admin("GET", "/queue")["data"]) == n - 1, 10,
               "the others to wait")
    return asked


def test_who_waits_is_not_sent_when_the_budget_is_lowered_to_nothing(shop):
    gateway, cloud = shop
    key, process_id = gateway.new_key("lowered")
    of_it = budget(gateway, process_id, "10")
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        asked = in_a_queue(gateway, cloud, key, 6, pool)
        gateway.admin("PATCH", f"/budgets/{of_it}", {"amount": "0"})
        sent = len(cloud.requests("fixed"))
        answers = [each.result() for each in asked]
    assert len(cloud.requests("fixed")) == sent, "a change is in force when it is answered"
    assert sorted(answers) == [200] * sent + [402] * (6 - sent)
    assert spent(gateway, of_it) == decimal.Decimal("0.01") * sent


def test_who_waits_is_sent_as_far_as_a_lowered_budget_pays(shop):
    gateway, cloud = shop
    key, process_id = gateway.new_key("half")
    of_it = budget(gateway, process_id, "10")
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        asked = in_a_queue(gateway, cloud, key, 6, pool)
        gateway.admin("PATCH", f"/budgets/{of_it}", {"amount": "0.03"})
        answers = [each.result() for each in asked]
    assert answers.count(200) == 3, answers
    assert spent(gateway, of_it) == decimal.Decimal("0.03")


def test_a_first_budget_holds_for_who_waits_and_counts_what_runs(shop):
    gateway, cloud = shop
    key, process_id = gateway.new_key("first")
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        asked = in_a_queue(gateway, cloud, key, 6, pool)
        of_it = budget(gateway, process_id, "0.02")
        answers = [each.result() for each in asked]
    sent = answers.count(200)
    assert 2 <= sent <= 3 and sent + answers.count(402) + answers.count(429) == 6, answers
    cost = decimal.Decimal("0.01") * sent
    assert spent(gateway, of_it) == cost

    def on_the_books():
        return sum(decimal.Decimal(row["cost"]) for row in
                   gateway.admin("GET", f"/usage?process_id={process_id}")["data"])
    eventually(lambda: on_the_books() == cost, 10, "the rows of all of them")
