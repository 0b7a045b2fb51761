# SPDX-License-Identifier: MIT
"""A gateway whose only model costs what is held for it, and what its LEDGER says."""

from .programs import provider

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
