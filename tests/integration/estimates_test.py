# SPDX-License-Identifier: MIT
"""What no provider has counted stands apart in every report, with how far estimates are off."""

import csv
import io
import json
import re

from support.books import Books
from support.programs import eventually, provider

COUNTING = "counting:speed=0,prefill=0,tokens=24"
SILENT = "silent:speed=0,prefill=0,tokens=24"
SHOWN = ("estimate_samples", "estimate_error", "estimate_deviation", "prompt_estimate_error",
         "completion_estimate_error")


def by(gateway, *groups, **narrowed):
    query = "&".join(f"{name}={value}" for name, value in {"group_by": ",".join(groups), **narrowed}.items())
    return {tuple(row[g] for g in groups): row for row in gateway.admin("GET", f"/usage?{query}")["data"]}


def figures(gateway):
    _, _, text = gateway.call("GET", "/metrics")
    sums = {}
    for name, labels, value in re.findall(r"^(logos_estimate_\w+)\{([^}]*)\} (\d+)$", text.decode(), re.M):
        part = re.search(r'part="(\w+)"', labels)
        key = (name, part[1] if part else "")
        sums[key] = sums.get(key, 0) + int(value)
    return sums


def ask_until_some_are_compared(gateway, books, least=4, most=1500):
    """Which requests are compared is told by their ids: one in 32."""
    asked = 0
    while asked < most:
        for i in range(100):
            status, _, _ = gateway.chat("counting", f"What is {asked + i} and {i}?", stream=i % 2 == 0, max_tokens=24)
            assert status == 200
        asked += 100
        eventually(lambda: books.query("select count(*) as n from log_entry where result_status = 'success'")[0]["n"] ==
                   asked, 10, "all rows")
        compared = books.query("select * from log_entry where estimated_prompt_tokens is not null")
        if len(compared) >= least:
            return asked, compared
    raise AssertionError(f"of {asked} requests {len(compared)} are compared")


def test_reports_tell_usage_by_its_source_and_how_far_estimates_are_off(house, storage):
    cloud = house.simulate(COUNTING, SILENT, arguments=("--fault", "silent=no_usage"))
    gateway = house.serve([provider("cloud", cloud, "counting", "silent", parallel=16)], storage=storage)
    books = Books(gateway)
    asked, compared = ask_until_some_are_compared(gateway, books)
    assert all(row["usage_source"] == "provider" for row in compared)
    for i in range(20):
        assert gateway.chat("silent", f"What is {i} and {i}?", stream=i % 2 == 0, max_tokens=24)[0] == 200
    assert gateway.chat("nowhere")[0] == 404
    eventually(lambda: books.count() == asked + 21, 5, "all rows")

    def off(part):
        return sum(r[f"estimated_{part}_tokens"] for r in compared), sum(r[f"{part}_tokens"] for r in compared)

    (prompt, prompt_true), (answer, answer_true) = off("prompt"), off("completion")
    apart = sum(abs(r[f"estimated_{p}_tokens"] - r[f"{p}_tokens"]) for r in compared for p in ("prompt", "completion"))
    expected = dict(zip(SHOWN, (
        len(compared), round((prompt + answer) / (prompt_true + answer_true) - 1, 4),
        round(apart / (prompt_true + answer_true), 4), round(prompt / prompt_true - 1, 4),
        round(answer / answer_true - 1, 4))))

    rows = by(gateway, "usage_source")
    assert {source: row["requests"] for (source,), row in rows.items()} == {"provider": asked, "estimated": 20, "none": 1}
    whole = gateway.admin("GET", "/usage")["data"][0]
    assert sum(r["usage"]["total_tokens"] for r in rows.values()) == whole["usage"]["total_tokens"]
    for source in ("provider", "none"):
        assert [rows[(source,)][name] for name in SHOWN] == [None] * 5, source
    for row in (rows[("estimated",)], whole):
        assert all(abs(row[name] - expected[name]) <= 0.0001 for name in SHOWN), (row, expected)

    # What it says of the error is true of what was really estimated: the simulator knows what it sent.
    sent = sum(r["tokens_sent"] for r in cloud.requests("silent"))
    estimated = rows[("estimated",)]["usage"]["completion_tokens"]
    assert sent and abs(estimated / (1 + expected["completion_estimate_error"]) - sent) <= 0.1 * sent

    # Of a model of which no provider has counted anything, nobody knows.
    by_model = by(gateway, "model", "usage_source")
    assert [by_model[("silent", "estimated")][name] for name in SHOWN] == [None] * 5
    assert by_model[("counting", "provider")]["requests"] == asked
    assert ("silent", "provider") not in by_model
    assert by(gateway, "model")[("counting",)]["estimate_samples"] == len(compared)
    assert list(by(gateway, "model", usage_source="estimated")) == [("silent",)]
    assert list(by(gateway, "model", usage_source="provider")) == [("counting",)]

    sums = figures(gateway)
    assert sums[("logos_estimate_samples_total", "")] == len(compared)
    assert sums[("logos_estimate_estimated_tokens_total", "completion")] == answer
    assert sums[("logos_estimate_counted_tokens_total", "prompt")] == prompt_true
    assert sum(sums[("logos_estimate_apart_tokens_total", p)] for p in ("prompt", "completion")) == apart

    status, _, text = gateway.call("GET", "/admin/v1/usage?group_by=usage_source&format=csv")
    table = {line["usage_source"]: line for line in csv.DictReader(io.StringIO(text.decode()))}
    assert status == 200 and int(table["estimated"]["estimate_samples"]) == len(compared)
    assert table["provider"]["estimate_error"] == ""
    assert gateway.call("GET", "/admin/v1/usage?usage_source=guessed")[0] == 400

    one = gateway.admin("GET", f"/requests/{compared[0]['request_id']}")
    assert one["estimated_prompt_tokens"] == compared[0]["estimated_prompt_tokens"]
    properties = json.loads(gateway.call("GET", "/openapi.json")[2])["components"]["schemas"]["UsageReport"]["properties"]
    assert set(SHOWN) | {"usage_source"} <= set(properties["data"]["items"]["properties"])


def test_who_sees_only_their_own_requests_does_not_learn_of_those_of_others(house):
    cloud = house.simulate(COUNTING, SILENT, arguments=("--fault", "silent=no_usage"))
    gateway = house.serve([provider("cloud", cloud, "counting", "silent", parallel=16)])
    ask_until_some_are_compared(gateway, Books(gateway), least=1)
    key, _ = gateway.new_key("guest")
    assert gateway.chat("silent", key=key)[0] == 200

    def mine():
        return json.loads(gateway.call("GET", "/admin/v1/usage?group_by=usage_source", key=key)[2])["data"]

    row = eventually(mine, 5, "the row of the guest")[0]
    assert (row["usage_source"], row["requests"]) == ("estimated", 1)
    assert [row[name] for name in SHOWN] == [None] * 5
    assert all(by(gateway, "usage_source")[("estimated",)][name] is not None for name in SHOWN)
