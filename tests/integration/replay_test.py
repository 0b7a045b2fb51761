# SPDX-License-Identifier: MIT
"""`logos replay` against `logos serve` with simulated providers: its files are what the database has."""

import csv
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
from datetime import datetime

import pytest

from support.programs import LOGOS, SLOWNESS, eventually, provider, run_logos

SAMPLES = pathlib.Path(__file__).parents[1] / "replay" / "workloads"
DETAILED = ("log_id,request_id,mode,priority,http_status,client_duration_ms,provider_name,model_name,ttft_ms,tpot_ms,"
            "tokens,total_latency_ms,queue_wait_ms,processing_ms,scheduler_total_ms,response_text,error").split(",")
MEASURES = {"ttft": "ttft_ms", "total_latency": "total_latency_ms", "queue_wait": "queue_wait_ms",
            "processing": "processing_ms", "scheduler_total": "scheduler_total_ms", "tpot": "tpot_ms"}


def write_workload(folder, rows, name="workload.csv"):
    path = folder / name
    with open(path, "w", newline="", encoding="utf-8") as f:
        writer = csv.writer(f)
        writer.writerow(["request_id", "arrival_offset", "mode", "priority", "body_json"])
        for row in rows:
            writer.writerow([*row[:-1], json.dumps(row[-1])])
    return path


def chat(model, text="Hello!", **fields):
    return {"model": model, "messages": [{"role": "user", "content": text}], **fields}


def replay(gateway, workload, output, *more, key=None, folder=None, seconds=60, environment=None):
    return run_logos("replay", "--workload", str(workload), "--api-base", gateway.url, "--logos-key",
                     key or gateway.root_key, "--output", str(output), *more, folder=folder or gateway.folder,
                     seconds=seconds, environment=environment)


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))


def summary_of(path):
    return {r["metric"]: (r["value"], r["unit"]) for r in rows_of(path)}


def percentile(values, percent):
    """By linear interpolation."""
    values = sorted(values)
    rank = percent / 100 * (len(values) - 1)
    low = int(rank)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (rank - low)


def log_entries(gateway):
    base = sqlite3.connect(f"file:{gateway.data_dir / 'logos.db'}?mode=ro", uri=True)
    base.row_factory = sqlite3.Row
    try:
        return {r["id"]: r for r in base.execute("select * from log_entry")}
    finally:
        base.close()


def ms_between(entry, start, end):
    return (datetime.fromisoformat(entry[end]) - datetime.fromisoformat(entry[start])).total_seconds() * 1000


@pytest.fixture
def small(house):
    """A gateway in front of one provider with two places for each model."""
    cloud = house.simulate("quick:speed=0,prefill=0,tokens=24", "slow:speed=200,prefill=0,tokens=20",
                           "endless:speed=5,prefill=0,tokens=4000")
    gateway = house.serve([provider("cloud", cloud, "quick", "slow", "endless", parallel=2)])
    gateway.cloud = cloud
    return gateway


def test_the_files_are_what_the_database_has(small):
    rows = [(f"r-{i:02}", i * 5, "batch" if i % 3 == 0 else "interactive", ("low", "mid", "high")[i % 3],
             chat("slow" if i % 2 else "quick", f"Question {i}", **({"stream": True} if i % 4 else {})))
            for i in range(24)]
    code, out, err = replay(small, write_workload(small.folder, rows), small.folder / "deep" / "run.csv",
                            "--latency-slo-ms", "300")
    assert code == 0, (out, err)
    assert "24 of 24 requests sent, 24 found in the gateway's log" in err
    stem = small.folder / "deep" / "run"
    detailed = rows_of(f"{stem}_detailed.csv")
    assert list(detailed[0]) == DETAILED
    assert [d["request_id"] for d in detailed] == [r[0] for r in rows]
    entries = log_entries(small)
    for d, planned in zip(detailed, rows):
        e = entries[int(d["log_id"])]
        assert (d["http_status"], d["provider_name"], d["model_name"], d["error"]) == \
            ("200", "cloud", planned[-1]["model"], "")
        assert (d["mode"], d["priority"]) == (planned[2], planned[3])
        assert (e["mode"], e["priority"]) == (planned[2], {"mid": "medium"}.get(planned[3], planned[3]))
        ttft, latency = ms_between(e, "timestamp_request", "time_at_first_token"), \
            ms_between(e, "timestamp_request", "timestamp_response")
        processing = ms_between(e, "timestamp_forwarding", "timestamp_response")
        expected = {"ttft_ms": ttft, "total_latency_ms": latency, "queue_wait_ms": e["queue_wait_ms"],
                    "processing_ms": processing, "scheduler_total_ms": e["queue_wait_ms"] + processing,
                    "tokens": e["completion_tokens"], "tpot_ms": (latency - ttft) / (e["completion_tokens"] - 1)}
        for name, value in expected.items():
            assert float(d[name]) == pytest.approx(value, abs=0.02), name
        assert float(d["client_duration_ms"]) >= latency - 1
        assert d["response_text"]
        # What each request said goes with its own row.
        asked = json.loads(e["input_payload"])["messages"][0]["content"] if e["input_payload"] else None
        assert asked in (None, planned[-1]["messages"][0]["content"])
    summary = summary_of(f"{stem}_summary.csv")
    assert [summary[m][0] for m in ("total_requests", "successful_requests", "failed_requests", "error_rate")] == \
        ["24", "24", "0", "0.00"]
    latencies = [float(d["total_latency_ms"]) for d in detailed]
    assert float(summary["slo_attainment_rate"][0]) == \
        pytest.approx(100 * sum(x <= 300 for x in latencies) / 24, abs=0.01)
    for name, column in MEASURES.items():
        values = [float(d[column]) for d in detailed]
        assert float(summary[f"avg_{name}"][0]) == pytest.approx(sum(values) / len(values), abs=0.02)
        for p in (50, 95, 99):
            assert float(summary[f"p{p}_{name}"][0]) == pytest.approx(percentile(values, p), abs=0.02)
    more = rows_of(f"{stem}_more.csv")
    for m, d in zip(more, detailed):
        e = entries[int(d["log_id"])]
        assert m["server_request_id"] == e["request_id"]
        assert float(m["client_ttft_ms"]) <= float(d["client_duration_ms"])
        assert int(m["queue_depth_at_arrival"]) == e["queue_depth_at_arrival"]
        assert 0 <= float(m["utilization_at_arrival"])  # requests in flight, as upstream has it
    assert max(float(m["utilization_at_arrival"]) for m in more) >= 1
    assert max(int(m["queue_depth_at_arrival"]) for m in more) > 0
    if shutil.which("gnuplot"):
        for ending in ("", "_client_duration", "_queue_processing", "_cumulative_success"):
            assert pathlib.Path(f"{stem}_detailed{ending}.png").read_bytes().startswith(b"\x89PNG")
            assert b"<svg" in pathlib.Path(f"{stem}_detailed{ending}.svg").read_bytes()[:400]


def test_mode_and_priority_go_with_the_body(small):
    code, _, err = replay(small, write_workload(small.folder, [("a", 0, "batch", "high", chat("quick"))]), "out")
    assert code == 0, err
    entry = list(log_entries(small).values())[-1]
    assert (entry["mode"], entry["priority"]) == ("batch", "high")


@pytest.mark.parametrize("sample", sorted(p.name for p in SAMPLES.glob("*.csv")))
def test_the_samples_are_replayed(house, sample):
    names = ["qwen3:30b-a3b", "gemma3:27b", "deepseek-r1:70b", "deepseek-r1:latest", "qwen3:8b", "gemma3:4b"]
    ollama = house.simulate(*[f"{n}:size=10,vram=10,load=0,prefill=0,speed=0,tokens=30" for n in names],
                            flavour="ollama")
    gateway = house.serve([provider("gpu", ollama, *names, parallel=4, total_vram_mb=32000)])
    code, out, err = replay(gateway, SAMPLES / sample, gateway.folder / "run", "--time-scale", "50")
    assert code == 0, (out, err)
    planned = rows_of(SAMPLES / sample)
    detailed = rows_of(gateway.folder / "run_detailed.csv")
    assert sorted(d["request_id"] for d in detailed) == sorted(p["request_id"] for p in planned)
    assert [d["error"] for d in detailed if d["http_status"] != "200"] == []
    assert all(d["ttft_ms"] and d["tokens"] for d in detailed)


def test_an_ordinary_key_sees_its_own_requests(small):
    key, _ = small.new_key("app")
    code, _, err = replay(small, write_workload(small.folder, [(f"r{i}", 0, "", "", chat("quick")) for i in range(5)]),
                          "own", key=key)
    assert code == 0, err
    assert "5 found in the gateway's log" in err
    assert all(d["ttft_ms"] for d in rows_of(small.folder / "own_detailed.csv"))


def test_a_key_that_may_not_read_the_books_gets_what_the_client_saw(small):
    made = small.admin("POST", "/processes", {"name": "narrow", "allowed_endpoints": ["/v1/chat/completions"]})
    small.admin("POST", "/permissions", {"profile_id": made["profile_id"], "model": "*"})
    code, _, err = replay(small, write_workload(small.folder, [(f"r{i}", 0, "", "", chat("quick")) for i in range(3)]),
                          "narrow", key=made["key"])
    assert code == 0, err
    assert re.search(r"stay empty for 3 of 3 requests: .*403", err), err
    for d in rows_of(small.folder / "narrow_detailed.csv"):
        assert (d["ttft_ms"], d["tokens"], d["http_status"]) == ("", "", "200")
        assert float(d["client_duration_ms"]) > 0
    summary = summary_of(small.folder / "narrow_summary.csv")
    assert summary["p95_ttft"] == ("N/A", "ms")
    assert summary["successful_requests"] == ("3", "count")


def test_what_fails_is_a_row_with_its_error(small):
    small.cloud.add_fault("cut_mid_stream", model="slow")
    rows = [("good", 0, "", "", chat("quick")), ("unknown", 1, "", "", chat("no-such-model")),
            ("late", 2, "", "", chat("endless", stream=True)), ("cut", 3, "", "", chat("slow", stream=True))]
    code, _, err = replay(small, write_workload(small.folder, rows), "mixed", "--request-timeout-s", "1.5")
    assert code == 0, err
    found = {d["request_id"]: d for d in rows_of(small.folder / "mixed_detailed.csv")}
    assert found["good"]["http_status"] == "200" and not found["good"]["error"]
    assert found["unknown"]["http_status"] == "404" and "no-such-model" in found["unknown"]["error"]
    assert "time limit" in found["late"]["error"]
    assert found["cut"]["error"]
    assert summary_of(small.folder / "mixed_summary.csv")["failed_requests"][0] == "3"


def test_two_runs_are_compared(small):
    for name, count in (("first", 4), ("second", 8)):
        workload = write_workload(small.folder, [(f"r{i}", i, "", "", chat("slow", stream=True)) for i in range(count)])
        assert replay(small, workload, small.folder / name)[0] == 0
    code, out, err = run_logos("replay", "--compare", "first", "second_summary.csv", "--output", "both.csv",
                               folder=small.folder)
    assert code == 0, (out, err)
    first, second = (summary_of(small.folder / f"{n}_summary.csv") for n in ("first", "second"))
    compared = {r["metric"]: r for r in rows_of(small.folder / "both_compare.csv")}
    assert list(compared) == list(first)
    assert (compared["total_requests"]["a"], compared["total_requests"]["b"],
            compared["total_requests"]["difference"]) == ("4", "8", "4")
    a, b = float(first["p95_ttft"][0]), float(second["p95_ttft"][0])
    assert float(compared["p95_ttft"]["difference"]) == pytest.approx(b - a, abs=0.02)
    assert float(compared["p95_ttft"]["difference_percent"]) == pytest.approx(100 * (b - a) / a, abs=0.1)
    assert "p95_ttft" in out and "second" in out
    if shutil.which("gnuplot"):
        for ending in ("", "_ttft", "_latency"):
            assert (small.folder / f"both_compare{ending}.png").exists()
    code, _, err = run_logos("replay", "--compare", "first", "third", folder=small.folder)
    assert code == 2 and "third_summary.csv" in err


def test_an_interrupted_run_writes_what_there_is(house, small):
    rows = [("quick", 0, "", "", chat("quick")), ("running", 10, "", "", chat("endless", stream=True)),
            ("never", 600_000, "", "", chat("quick"))]
    workload = write_workload(small.folder, rows)
    program = house.logos("replay", "--workload", str(workload), "--api-base", small.url, "--logos-key",
                          small.root_key, "--output", "cut", folder=small.folder)
    eventually(lambda: small.cloud.requests("endless"), what="the second request")
    program.signal(signal.SIGINT)
    assert program.wait() == 1
    assert "interrupted: 2 of 3 requests were sent; what there is was written" in program.text
    found = {d["request_id"]: d for d in rows_of(small.folder / "cut_detailed.csv")}
    assert set(found) == {"quick", "running"}
    assert found["quick"]["http_status"] == "200" and found["quick"]["ttft_ms"]
    assert found["running"]["error"] == "interrupted"
    assert summary_of(small.folder / "cut_summary.csv")["failed_requests"][0] == "1"


@pytest.mark.parametrize("text, words", [
    ("request_id,body_json\nr,{}\n", "line 1: the header has no column 'arrival_offset'"),
    ("arrival_offset,body_json,Body_JSON\n0,{},{}\n", "line 1, column 'body_json': stands twice"),
    ("arrival_offset,body_json\n0,{}\nsoon,{}\n", "line 3, column 'arrival_offset': 'soon'"),
    ("arrival_offset,priority,body_json\n0,urgent,{}\n", "line 2, column 'priority': 'urgent' is not low, mid or high"),
    ("arrival_offset,mode,body_json\n0,often,{}\n", "line 2, column 'mode'"),
    ("arrival_offset,body_json\n0,\"{\"\"a\"\":}\"\n", "line 2, column 'body_json'"),
    ("arrival_offset,body_json\n0,{\"a\":1}\n", "line 2, column 4: a quote inside a field"),
    ("arrival_offset,body_json\n", "there is no request below the header"),
    ("", "the file is empty"),
])
def test_a_bad_workload_is_refused_with_line_and_column(house, text, words):
    folder = house.folder()
    (folder / "bad.csv").write_text(text)
    code, _, err = run_logos("replay", "--workload", "bad.csv", "--logos-key", "k", folder=folder)
    assert code == 2
    assert "bad.csv: " in err and words in err
    assert list(folder.glob("*")) == [folder / "bad.csv"]


def test_bad_usage_is_2(house):
    folder = house.folder()
    workload = write_workload(folder, [("r", 0, "", "", chat("m"))])
    for arguments, words in [((), "--workload"), (("--workload", "missing.csv", "--logos-key", "k"), "missing.csv"),
                             (("--workload", str(workload)), "--logos-key"),
                             (("--workload", str(workload), "--logos-key", "k", "--api-base", "gopher://x"), "gopher"),
                             (("--workload", str(workload), "--logos-key", "two words"), "--logos-key"),
                             (("--compare", "one"), "--compare")]:
        code, _, err = run_logos("replay", *arguments, folder=folder)
        assert code == 2 and words in err, (arguments, err)


def test_a_gateway_that_is_not_there_is_1_and_a_wrong_key_2(small, house):
    workload = write_workload(small.folder, [("r", 0, "", "", chat("quick"))])
    code, _, err = replay(small, workload, "none", key="lg-wrong-key")
    assert code == 2 and "does not know this key" in err
    port = small.port
    assert small.terminate() == 0
    code, _, err = run_logos("replay", "--workload", str(workload), "--api-base", f"http://127.0.0.1:{port}",
                             "--logos-key", "k", "--output", "none", folder=small.folder)
    assert code == 1 and f"cannot connect to http://127.0.0.1:{port}" in err
    assert not list(small.folder.glob("none*"))


def test_without_gnuplot_everything_but_the_charts_is_written(small):
    workload = write_workload(small.folder, [("r", 0, "", "", chat("quick"))])
    code, _, err = replay(small, workload, "bare", environment={"PATH": "/nowhere"})
    assert code == 0
    assert "gnuplot-nox" in err
    assert sorted(p.name for p in small.folder.glob("bare*")) == ["bare_detailed.csv", "bare_more.csv",
                                                                  "bare_summary.csv"]


def test_https_is_spoken(house):
    folder = house.folder()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", "key.pem", "-out", "cert.pem", "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=IP:127.0.0.1"], cwd=folder, check=True, capture_output=True)
    cloud = house.simulate("quick:speed=0,prefill=0,tokens=5")
    gateway = house.serve([provider("cloud", cloud, "quick")], folder=folder,
                          tls={"certificate": str(folder / "cert.pem"), "key": str(folder / "key.pem")})
    workload = write_workload(folder, [("r", 0, "", "", chat("quick"))])
    base = ("replay", "--workload", str(workload), "--api-base", f"https://127.0.0.1:{gateway.port}/v1",
            "--logos-key", gateway.root_key, "--output", "safe")
    code, _, err = run_logos(*base, folder=folder)
    assert code == 1 and "certificate" in err
    code, _, err = run_logos(*base, "--ca-file", "cert.pem", folder=folder)
    assert code == 0, err
    assert rows_of(folder / "safe_detailed.csv")[0]["ttft_ms"]


def test_many_requests_at_once(house):
    cloud = house.simulate("quick:speed=0,prefill=0,tokens=4")
    gateway = house.serve([provider("cloud", cloud, "quick", parallel=64)],
                          limits={"queue_per_model": 5000, "queue_per_key": 5000})
    workload = write_workload(gateway.folder, [(f"r{i}", 0, "", "", chat("quick")) for i in range(2000)])
    code, _, err = replay(gateway, workload, "many", seconds=80, environment={"PATH": "/nowhere"})
    assert code == 0, err
    detailed = rows_of(gateway.folder / "many_detailed.csv")
    assert sum(d["http_status"] == "200" for d in detailed) == 2000, {d["error"] for d in detailed}
    assert len({d["log_id"] for d in detailed}) == 2000


# The same models as the benchmark's server, and as the provider's: what they are is said in one text.
MODELS = ["qwen3:30b-a3b:vram=20000,size=20000,load=12,unload=2,prefill=400,speed=40,parallel=4,tokens=100",
          "gemma3:27b:vram=22000,size=22000,load=14,unload=2,prefill=400,speed=40,parallel=4,tokens=100",
          "deepseek-r1:70b:vram=30000,size=30000,load=20,unload=2,prefill=400,speed=40,parallel=4,tokens=100",
          "deepseek-r1:latest:vram=11000,size=11000,load=8,unload=2,prefill=400,speed=40,parallel=4,tokens=100"]
AGREEING = ("workload_gemma3_27b_16_at_once.csv", "workload_deepseek_r1_16_at_once.csv",
            "sample_workload_direct.csv", "workload_gemma3_deepseekr1_100_at_once.csv")
SCALE = 10


@pytest.mark.timeout(240)
@pytest.mark.parametrize("sample", AGREEING)
def test_a_replay_through_the_gateway_agrees_with_virtual_time(house, sample):
    bench = pathlib.Path(os.environ.get("INTEGRATION_SCHEDULING_BENCH") or
                         pathlib.Path(LOGOS).parent / "bench" / "scheduling" / "logos_scheduling_bench")
    if not bench.exists():
        pytest.skip(f"{bench} is not built: cmake --build --preset dev --target logos_scheduling_bench")
    if SLOWNESS > 1:
        pytest.skip("a sanitised gateway is no measure of time")
    names = [m.rsplit(":", 1)[0] for m in MODELS]
    ollama = house.simulate(*MODELS, flavour="ollama",
                            arguments=("--vram-mb", "32000", "--time-scale", str(SCALE)))
    gateway = house.serve([provider("gpu", ollama, *names, parallel=4, total_vram_mb=32000)])
    planned = rows_of(SAMPLES / sample)
    workload = write_workload(gateway.folder, [(p["request_id"], p["arrival_offset"], p["mode"], p["priority"],
                                                {**json.loads(p["body_json"]), "stream": True}) for p in planned])
    result = gateway.folder / "bench.json"
    options = [o for m in MODELS for o in ("--model", m)]
    subprocess.run([str(bench), "--workload", str(workload), "--vram-mb", "32000", "--iterations", "0", "--json",
                    str(result), *options], check=True, capture_output=True, timeout=60)
    policies = {p["name"]: p["ttft"] for p in json.loads(result.read_text())["workloads"][0]["policies"]}
    expected = policies["Logos"]
    code, _, err = replay(gateway, workload, "run", "--time-scale", str(SCALE), seconds=150)
    assert code == 0, err
    seen = [float(d["ttft_ms"]) / 1000 * SCALE for d in rows_of(gateway.folder / "run_detailed.csv")]
    assert len(seen) == len(planned)
    for p in (50, 95):
        assert percentile(seen, p) == pytest.approx(expected[f"p{p}_s"], rel=0.2), (p, expected)
