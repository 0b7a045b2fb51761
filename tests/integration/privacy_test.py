# SPDX-License-Identifier: MIT
"""What a log level keeps: canaries are sent, and every byte that the gateway leaves behind is searched for them."""

import http.server
import json
import threading

import psycopg
import pytest

from support.programs import eventually

PROMPT = "canary-prompt-7f3a9c"
ANSWERED = "canary-answer-51d0be"
UPSTREAM = "sk-canary-upstream-0123456789abcdef"
OTHERS = {"cookie": "canary-cookie-1", "x-api-key": "canary-api-key-2", "proxy-authorization": "Basic canary-proxy-3",
          "x-auth-token": "canary-token-4", "referer": "https://x.test/?api_key=canary-referer-5"}
SECRETS = [UPSTREAM, *(text.split("=")[-1].split(" ")[-1] for text in OTHERS.values()), "canary-query-6"]


class Parrot(http.server.BaseHTTPRequestHandler):
    """A provider that answers, or repeats the key that it was called with in an error."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        key = self.headers.get("authorization", "").removeprefix("Bearer ")
        assert key == UPSTREAM
        if b"please-fail" in body:
            self.answer(401, {"error": {"message": f"Incorrect API key provided: {key}.", "code": "invalid_api_key"}}, key)
        else:
            self.answer(200, {"choices": [{"message": {"role": "assistant", "content": ANSWERED}}],
                              "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}}, "fine")

    def answer(self, status, content, header):
        text = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.send_header("x-said", header)
        self.end_headers()
        for piece in (text[:40], text[40:]):  # the key stands on the border
            self.wfile.write(piece)
            self.wfile.flush()

    def log_message(self, *arguments):
        pass


@pytest.fixture
def parrot():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Parrot)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def left_behind(gateway, storage):
    """All bytes in DATA_DIR but the files whose purpose is to hold a secret, in the database, and in the output."""
    kept = [gateway.text.encode()]
    kept += [f.read_bytes() for f in gateway.data_dir.rglob("*")
             if f.is_file() and f.name not in ("root.key", "secret.key")]
    if storage != "sqlite":
        with psycopg.connect(storage) as link:
            for (name,) in link.execute("select tablename from pg_tables where schemaname = 'public'").fetchall():
                kept += [str(row).encode() for row in link.execute(f'select t::text from "{name}" t').fetchall()]
    return b"\n".join(kept)


def have_a_day(house, parrot, storage, level):
    """Every kind of request; the key that was used, and all that was left behind at any time."""
    gateway = house.serve([{"name": "parrot", "type": "openai", "base_url": parrot, "api_key": UPSTREAM,
                            "models": ["chat"]}], storage=storage, log={"level": "debug"})
    key, _ = gateway.new_key("canary", log=level)
    said = f"{PROMPT}, and my key is {key}"
    done = 0
    for more in ({}, {"stream": True}):
        status, _, text = gateway.chat("chat", said, key=key, headers=OTHERS, **more)
        assert status == 200 and ANSWERED.encode() in text
        done += 1
    status, headers, text = gateway.chat("chat", f"{said} please-fail", key=key, headers=OTHERS)
    assert status == 401 and b"Incorrect API key provided: ***" in text
    assert UPSTREAM.encode() not in text and UPSTREAM not in str(headers)
    body = {"model": "chat", "messages": [{"role": "user", "content": said}]}
    assert gateway.call("POST", "/v1/chat/completions?api_key=canary-query-6", body, key, OTHERS)[0] == 200
    assert gateway.call("POST", "/v1/chat/completions", '{"model": "chat", "messages": "' + said, key)[0] == 400
    assert gateway.chat("no-such-model", said, key=key)[0] in (403, 404)
    assert gateway.chat("chat", said, key="lg-wrong-canary-wrong-7")[0] == 401
    while_running = left_behind(gateway, storage)
    eventually(lambda: len(gateway.admin("GET", "/requests?limit=100")["data"]) >= done + 2, 10, "rows")
    with_rows = left_behind(gateway, storage)
    gateway.terminate()
    return key, while_running + with_rows + left_behind(gateway, storage)


@pytest.mark.parametrize("level", ["BILLING", "FULL"])
def test_a_log_keeps_what_its_level_says_and_never_a_key(house, parrot, storage, level):
    key, kept = have_a_day(house, parrot, storage, level)
    for secret in [*SECRETS, key, "canary-wrong-7"]:
        assert secret.encode() not in kept, secret
    for text in (PROMPT, ANSWERED):
        assert (text.encode() in kept) == (level == "FULL"), text
