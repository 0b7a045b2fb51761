# SPDX-License-Identifier: MIT
"""A price that was wrong locks somebody out; an entry on their budget lets them in again."""

import json

from support.programs import eventually, provider

# Ten tokens, and prompts cost nothing.
FIXED = "fixed:speed=0,prefill=0,tokens=10"
PRICE = {"model": "fixed", "token_type": "completion_tokens", "valid_from": "2026-01-01T00:00:00Z",
         "currency": "EUR"}
RIGHT, WRONG = "1", "1000"  # an answer costs 0.01, and 10


def price(gateway, amount):
    return gateway.admin("POST", "/prices", {**PRICE, "price_per_k_token": amount})["id"]


def budget(gateway, process_id, amount, **more):
    return gateway.admin("POST", "/budgets", {"scope": "process", "scope_id": process_id, "period": "total",
                                              "amount": amount, "currency": "EUR", **more})["id"]


def credit(gateway, budget_id, amount, reason="the price was per token", **more):
    return gateway.admin("POST", "/credits", {"budget_id": budget_id, "amount": amount, "reason": reason, **more})


def ask(gateway, key):
    status, _, text = gateway.chat("fixed", key=key, max_tokens=10)
    return status, text.decode()


def balance(gateway, budget_id):
    told = gateway.admin("GET", f"/budgets/{budget_id}/balance")
    return tuple(told[name] for name in ("credits", "spent", "remaining", "left"))


def test_whoever_a_wrong_price_has_locked_out_is_let_in_by_a_credit(house, storage):
    cloud = house.simulate(FIXED)
    gateway = house.serve([provider("cloud", cloud, "fixed")], storage=storage)
    ann = gateway.admin("POST", "/users", {"username": "ann"})["id"]
    key, process_id = gateway.new_key("app", user_id=ann)
    wrong = price(gateway, WRONG)
    of_it = budget(gateway, process_id, "10")
    assert ask(gateway, key)[0] == 200
    gateway.admin("PATCH", f"/prices/{wrong}", {"price_per_k_token": RIGHT})
    assert balance(gateway, of_it) == ("0", "10", "0", "0")
    status, text = ask(gateway, key)
    assert status == 402 and "10 in total, is spent" in text

    # Who is locked out does not help themselves.
    entry = {"budget_id": of_it, "amount": "10", "reason": "please"}
    assert gateway.call("POST", "/admin/v1/credits", entry, key)[0] == 403
    assert ask(gateway, key)[0] == 402

    made = credit(gateway, of_it, "0.02")
    assert ask(gateway, key)[0] == 200, "in force when it is answered"
    assert balance(gateway, of_it) == ("0.02", "10.01", "0.01", "0.01")
    assert ask(gateway, key)[0] == 200
    status, text = ask(gateway, key)
    assert status == 402 and "10.02 in total with its credits, is spent" in text
    assert json.loads(gateway.call("GET", "/admin/v1/credits", key=key)[2])["data"] == [made], "users see their own"

    # What is wrong with a credit is said; nothing changes one.
    for amount in ("0", "0.0000000001", "9223372036.854775808"):
        gateway.admin("POST", "/credits", {**entry, "amount": amount}, expect=400)
    for method in ("PATCH", "PUT", "DELETE"):
        status, headers, text = gateway.call(method, f"/admin/v1/credits/{made['id']}", {"amount": "1"})
        assert (status, headers["allow"]) == (405, "GET, HEAD") and b"reverses it" in text

    # A second one lets in, and is taken back.
    second = credit(gateway, of_it, "1")
    assert ask(gateway, key)[0] == 200
    back = credit(gateway, of_it, "-1", "made twice", reverses=second["id"])
    gateway.admin("POST", "/credits", {**entry, "amount": "-1", "reverses": second["id"]}, expect=409)
    assert ask(gateway, key)[0] == 402
    assert balance(gateway, of_it) == ("0.02", "10.03", "0", "0")

    # Priced anew, the books are right, and the credit stays until it is taken back, too.
    span = {"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}
    eventually(lambda: gateway.admin("POST", "/rerate", {**span, "dry_run": True}, expect=200)["requests"] == 4, 10)
    gateway.admin("POST", "/rerate", span, expect=200)
    # What is left is known when the past has been read anew.
    eventually(lambda: balance(gateway, of_it) == ("0.02", "0.04", "9.98", "9.98"), 10)
    assert ask(gateway, key)[0] == 200

    # A restart forgets nothing, and neither does an export.
    _, _, text = gateway.call("GET", "/metrics")
    assert "logos_ledger_credited_nano 20000000" in text.decode()
    assert "logos_ledger_imbalances_total 0" in text.decode()
    before = gateway.admin("GET", f"/credits?budget_id={of_it}")["data"]
    assert [each["id"] for each in before] == [made["id"], second["id"], back["id"]]
    gateway.kill()
    gateway = house.serve([provider("cloud", cloud, "fixed")], folder=gateway.folder, storage=storage)
    assert gateway.admin("GET", "/credits")["data"] == before
    assert balance(gateway, of_it)[0] == "0.02"
    exported = gateway.admin("GET", "/export")
    assert [row["amount_nano"] for row in exported["credits"]] == [20_000_000, 10**9, -10**9]
    copy = house.serve([provider("cloud", cloud, "fixed")])
    imported = copy.admin("POST", "/import", exported, expect=200)["imported"]
    assert imported["credits"] == {"made": 3, "known": 0}
    assert copy.admin("POST", "/import", exported, expect=200)["imported"]["credits"] == {"made": 0, "known": 3}
    assert [each["made_at"] for each in copy.admin("GET", "/credits")["data"]] == [each["made_at"] for each in before]

    gateway.admin("DELETE", f"/budgets/{of_it}")
    assert gateway.admin("GET", "/credits")["data"] == []
    told = gateway.admin("GET", "/events?resource=credit&limit=10")["data"]
    assert [each["action"] for each in told] == ["remove"] * 3 + ["create"] * 3
    assert gateway.admin("GET", "/events/verify")["intact"]
