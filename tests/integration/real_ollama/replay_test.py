# SPDX-License-Identifier: MIT
"""`logos replay` of a small workload over three models, through Logos to a real Ollama with room for one of them."""

import csv
import json

import pytest

from support.books import Books
from support.ollama import MODELS
from support.programs import run_logos

PRIORITIES = ("low", "mid", "high")
REQUESTS = 30


def workload(file):
    """Requests in turn to the three models, 100 ms apart, each with a number of tokens of its own."""
    with open(file, "w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(["request_id", "arrival_offset", "mode", "priority", "body_json"])
        for number in range(REQUESTS):
            body = {"model": MODELS[number % 3], "messages": [{"role": "user", "content": f"What is {number}?"}],
                    "stream": True, "stream_options": {"include_usage": True}, "max_tokens": 2 + number}
            rows.writerow([f"req-{number:02}", 100 * number, "batch" if number % 5 == 0 else "interactive",
                           PRIORITIES[number % 3], json.dumps(body)])


def read(file):
    with open(file, newline="", encoding="utf-8") as text:
        return list(csv.DictReader(text))


@pytest.mark.timeout(300)
def test_a_workload_is_replayed_and_its_figures_are_those_of_the_books(narrow, house, tmp_path):
    gateway = house.serve([{"name": "gpu", "type": "ollama", "base_url": narrow.url, "privacy": "LOCAL", "parallel": 1,
                            "models": list(MODELS)}])
    key, _ = gateway.new_key("replay", log="BILLING")
    workload(tmp_path / "workload.csv")
    code, out, err = run_logos("replay", "--workload", "workload.csv", "--api-base", gateway.url, "--logos-key", key,
                               "--latency-slo-ms", "60000", "--output", "out/run.csv", folder=tmp_path, seconds=240)
    assert code == 0, out + err
    summary = {row["metric"]: row["value"] for row in read(tmp_path / "out/run_summary.csv")}
    assert (int(summary["total_requests"]), int(summary["successful_requests"]), int(summary["failed_requests"])) == \
        (REQUESTS, REQUESTS, 0)
    rows = {row["request_id"]: row for row in read(tmp_path / "out/run_detailed.csv")}
    assert {i: (row["model_name"], int(row["tokens"])) for i, row in rows.items()} == \
        {f"req-{n:02}": (MODELS[n % 3], 2 + n) for n in range(REQUESTS)}
    books = Books(gateway)
    assert books.count() == REQUESTS
    assert sum(int(row["tokens"]) for row in rows.values()) == sum(row["completion_tokens"] for row in books.rows())
    assert all(float(row["ttft_ms"]) > 0 for row in rows.values())
