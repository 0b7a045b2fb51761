# SPDX-License-Identifier: MIT
"""What counts beside tokens: seconds of sound, searches and the like. How much of it a request will have, nobody knows
before its answer, so that of such requests one at a time spends of a hard budget."""

import concurrent.futures
import http.server
import json
import struct
import threading
import time

import pytest

from support.books import Books
from support.programs import eventually

CLIENTS = 25
ALLOWED = 100_000_000  # 0.1
COST = 60_000_000  # what a request costs here
RATES = {"valid_from": "2026-01-01T00:00:00Z", "currency": "EUR"}


class Studio(http.server.BaseHTTPRequestHandler):
    """A provider that reports `server.usage`, and how many requests it has had at a time."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_body(b'{"object":"list","data":[]}')

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        studio = self.server
        with studio.lock:
            studio.asked += 1
            studio.now += 1
            studio.most = max(studio.most, studio.now)
        time.sleep(studio.pause)  # so that others would come meanwhile
        with studio.lock:
            studio.now -= 1
        heard = b"multipart" in self.headers["content-type"].encode()
        told = {"usage": studio.usage} if studio.usage else {}
        if heard and studio.text:
            return self.send_body(studio.text.encode(), "text/plain")
        if heard and b'name="stream"' not in body:
            return self.send_body(json.dumps({"text": "hi", **studio.more, **told}).encode())
        if not heard and not json.loads(body).get("stream"):
            choice = {"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}
            return self.send_body(json.dumps({"object": "chat.completion", "choices": [choice], **told}).encode())
        events = [{"type": "transcript.text.delta", "delta": "hi"},
                  {"type": "transcript.text.done", "text": "hi", **told}] if heard else [
            {"choices": [{"index": 0, "delta": {"content": "hi"}, "finish_reason": "stop"}]}, {"choices": [], **told}]
        self.send_body(b"".join(b"data: " + json.dumps(e).encode() + b"\n\n" for e in events) + b"data: [DONE]\n\n",
                       "text/event-stream")

    def send_body(self, body, kind="application/json"):
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def studio():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Studio)
    server.daemon_threads = True
    server.request_queue_size = 64
    server.lock = threading.Lock()
    server.asked = server.now = server.most = 0
    server.pause, server.more, server.text = 0.05, {}, ""
    server.usage = {"type": "duration", "seconds": 600}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def gateway(house, studio, storage):
    return house.serve([{"name": "studio", "type": "openai", "base_url": f"http://127.0.0.1:{studio.server_port}",
                         "privacy": "LOCAL", "parallel": 64, "models": ["whisper", "plain"]}],
                       storage=storage, usage_cost=True)


def allow(gateway, nano=ALLOWED):
    key, process_id = gateway.new_key("app")
    made = gateway.admin("POST", "/budgets", {"scope": "process", "scope_id": process_id, "period": "total",
                                              "amount": f"{nano / 1e9:.9f}", "currency": "EUR"})
    return key, made["id"]


def price(gateway, kind, amount, model="whisper"):
    return gateway.admin("POST", "/prices", {"model": model, "token_type": kind, "price_per_k_token": amount, **RATES})


def wave(seconds):
    samples = b"\0" * (8000 * seconds - 44)
    return (b"RIFF" + struct.pack("<I", 36 + len(samples)) + b"WAVEfmt " +
            struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8) + b"data" + struct.pack("<I", len(samples)) + samples)


def transcribe(gateway, key, stream=False, file=b"ID3 no length", model="whisper"):
    fields = [("model", model)] + ([("stream", "true")] if stream else [])
    form = b"".join(f'--b\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n'.encode() for n, v in fields)
    form += b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + file + b"\r\n--b--\r\n"
    return gateway.call("POST", "/v1/audio/transcriptions", form, key,
                        {"content-type": "multipart/form-data; boundary=b"})


def chat(gateway, key, stream=False, model="whisper"):
    more = {"stream": True, "stream_options": {"include_usage": True}} if stream else {}
    return gateway.chat(model, key=key, max_tokens=5, **more)


def until_ruled(ask):
    """Who meets what runs comes again."""
    for _ in range(1000):
        status, _, text = ask()
        if status != 429:
            return status
        time.sleep(0.01)
    return text


def all_at_once(ask):
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(lambda _: until_ruled(ask), range(CLIENTS)))


def spent(gateway, budget_id):
    balance = gateway.admin("GET", f"/budgets/{budget_id}/balance")
    return round(float(balance["spent"]) * 1e9)


@pytest.mark.parametrize("stream", (False, True), ids=("whole", "streamed"))
def test_requests_without_a_bound_spend_no_more_than_one_of_them_beyond_a_budget(gateway, studio, stream):
    studio.usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2, "searches": 600}
    gateway.admin("POST", "/token-types", {"name": "searches", "counted_from": "usage.searches"})
    price(gateway, "searches", "0.1")
    key, budget_id = allow(gateway)
    outcomes = all_at_once(lambda: chat(gateway, key, stream))
    assert (outcomes.count(200), outcomes.count(402)) == (2, CLIENTS - 2), outcomes
    assert (studio.asked, studio.most) == (2, 1)
    assert spent(gateway, budget_id) == 2 * COST <= ALLOWED + COST
    assert chat(gateway, None)[0] == 200, "whom no budget is about"


@pytest.mark.parametrize("stream", (False, True), ids=("whole", "streamed"))
def test_the_length_of_sound_is_held_billed_and_reported(gateway, studio, stream):
    price(gateway, "audio_milliseconds", "0.0001")  # a second
    key, budget_id = allow(gateway)
    outcomes = all_at_once(lambda: transcribe(gateway, key, stream))
    assert (outcomes.count(200), outcomes.count(402)) == (2, CLIENTS - 2), outcomes
    assert (studio.asked, studio.most) == (2, 1)
    assert spent(gateway, budget_id) == 2 * COST
    rows = eventually(lambda: (lambda r: len(r) == 2 and r)(
        [r for r in Books(gateway).rows() if r["result_status"] == "success"]), 5, "two rows")
    assert [(r["audio_milliseconds"], r["usage_source"], r["cost_nano"]) for r in rows] == \
        [(600_000, "provider", COST)] * 2
    [total] = gateway.admin("GET", "/usage?group_by=model&process_id=" + str(rows[0]["process_id"]))["data"]
    assert (total["usage"]["audio_milliseconds"], total["cost"]) == (1_200_000, "0.12")
    _, _, text = gateway.call("GET", "/admin/v1/usage?format=csv")
    head, first = text.decode().splitlines()[:2]
    assert dict(zip(head.split(","), first.split(",")))["audio_milliseconds"] == "1200000"


def test_the_cost_of_sound_stands_in_the_answer_and_is_reckoned_anew(gateway, studio):
    studio.usage["seconds"] = 8.4701
    made = price(gateway, "audio_milliseconds", "1")
    status, headers, text = transcribe(gateway, None)
    assert status == 200 and json.loads(text)["usage"]["cost"] == 8.471, text
    Books(gateway).row(headers["x-request-id"])  # it is on the books
    row = gateway.admin("GET", f"/requests/{headers['x-request-id']}")
    assert (row["usage"]["audio_milliseconds"], row["cost"]) == (8471, "8.471"), "rounded up to a millisecond"
    gateway.admin("PATCH", f"/prices/{made['id']}", {"price_per_k_token": "0.5"})
    gateway.admin("POST", "/rerate", {"from": "2026-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}, expect=200)
    assert gateway.admin("GET", f"/requests/{headers['x-request-id']}")["cost"] == "4.2355"
    types = {t["name"]: t["priced"] for t in gateway.admin("GET", "/token-types")["data"]}
    assert types["audio_milliseconds"] and not types["total_tokens"]


def test_sound_without_usage_is_billed_by_what_its_answer_or_its_size_tells(gateway, studio):
    price(gateway, "audio_milliseconds", "1")

    def booked(file=b"x" * 32_000):
        _, headers, _ = transcribe(gateway, None, file=file)
        row = Books(gateway).row(headers["x-request-id"])
        return row["audio_milliseconds"], row["usage_source"], row["cost_nano"]

    studio.usage, studio.more = None, {"task": "transcribe", "duration": 7.25, "segments": [{"duration": 1}]}
    assert booked() == (7250, "provider", 7_250_000_000)
    studio.more = {}
    assert booked() == (2000, "estimated", 2_000_000_000)
    studio.text = "hi"
    assert booked(wave(30)) == (30_000, "estimated", 30_000_000_000)


def test_sound_that_tells_its_length_is_held_by_it_and_need_not_be_alone(gateway, studio):
    studio.usage, studio.pause = {"type": "duration", "seconds": 30}, 0.3
    price(gateway, "audio_milliseconds", "0.001")
    key, budget_id = allow(gateway, 5 * 30_000_000)
    outcomes = all_at_once(lambda: transcribe(gateway, key, file=wave(30)))
    assert (outcomes.count(200), outcomes.count(402)) == (5, CLIENTS - 5), outcomes
    assert studio.asked == 5 and studio.most > 1
    assert spent(gateway, budget_id) == 5 * 30_000_000


def test_only_models_with_such_a_price_have_their_requests_wait(gateway, studio):
    studio.usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2, "searches": 600}
    studio.pause = 0.3
    gateway.admin("POST", "/token-types", {"name": "searches", "counted_from": "usage.searches"})
    price(gateway, "searches", "0.1")
    price(gateway, "completion_tokens", "0.001", model="plain")
    key, _ = allow(gateway)
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        outcomes = list(pool.map(lambda _: chat(gateway, key, model="plain")[0], range(10)))
    assert outcomes == [200] * 10 and studio.most > 1
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: chat(gateway, key), range(10)))
    assert [a[0] for a in answers].count(200) == 1
    refused = next(a for a in answers if a[0] != 200)
    assert refused[0] == 429 and "retry-after" in refused[1] and b"one request at a time" in refused[2], refused


def test_what_is_left_for_later_waits_for_its_turn(gateway, studio):
    studio.usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2, "searches": 600}
    studio.pause = 0.3
    gateway.admin("POST", "/token-types", {"name": "searches", "counted_from": "usage.searches"})
    price(gateway, "searches", "0.1")
    key, budget_id = allow(gateway)
    body = {"model": "whisper", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}
    jobs = [json.loads(gateway.call("POST", "/jobs/v1/chat/completions", body, key)[2])["job_id"] for _ in range(4)]

    def ended():
        states = [json.loads(gateway.call("GET", f"/jobs/{j}", key=key)[2])["status"] for j in jobs]
        return all(s in ("success", "failed") for s in states) and states

    states = eventually(ended, 60, "all jobs to end")
    assert sorted(states) == ["failed", "failed", "success", "success"]
    assert (studio.asked, studio.most) == (2, 1)
    assert spent(gateway, budget_id) == 2 * COST
