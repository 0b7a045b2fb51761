# SPDX-License-Identifier: MIT
"""A provider's key, which the provider repeats in its errors, on every way on which an answer leaves the gateway."""

import http.server
import io
import json
import threading
import time

import openai
import pytest

from support.programs import eventually

KEY = "sk-upstream-0123456789abcdef-SECRET"
STARS = "*" * len(KEY)
ENDED = ("success", "failed", "cancelled")


class Gossip(http.server.BaseHTTPRequestHandler):
    """Answers every request with an error that repeats its key: in pieces, in a header, in a stream that began well."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(404, "application/json", {"error": {"message": f"no such path for {self.told()}"}})

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        said = asked["messages"][-1]["content"]
        error = {"error": {"message": f"bad prompt {said}, key {self.told()}", "type": "x"}}
        if asked.get("stream"):
            self.answer(200, "text/event-stream", error)
        elif "WELL" in said:  # an error under a good status, its key before the word
            self.answer(200, "application/json", {"message": self.told(), **error})
        elif "MOVED" in said:
            self.answer(302, "text/html", error)
        else:
            self.answer(400, "application/json", error)

    def told(self):
        key = self.headers.get("authorization", "")
        assert key == f"Bearer {KEY}"
        return key

    def answer(self, status, kind, content):
        text = json.dumps(content)
        if kind == "text/event-stream":
            text = f"data: {text}\n\ndata: [DONE]\n\n"
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("location", f"https://example.com/?key={KEY}")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        cuts = [0, text.find('"error"') + 4, text.find(KEY) + 9, text.rfind(KEY) + 20, len(text)]
        for begin, end in zip(cuts, cuts[1:]):
            if begin < end:
                self.wfile.write(b"%x\r\n%s\r\n" % (end - begin, text[begin:end].encode()))
                self.wfile.flush()
                time.sleep(0.02)  # each piece is read by itself, as far as that can be had
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *arguments):
        pass


@pytest.fixture
def place(house, storage):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gossip)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    gateway = house.serve([{"name": "gossip", "type": "custom", "base_url": f"http://127.0.0.1:{server.server_port}",
                            "api_key": KEY, "privacy": "LOCAL",
                            "models": [{"name": "chat", "quality": 1}, {"name": "strong", "quality": 9}]}],
                          storage=storage, policies=[
                              {"name": "thrifty", "threshold_privacy": "CLOUD_NOT_IN_EU_BY_US_PROVIDER",
                               "threshold_cost": -1024, "cascade": {"checks": ["empty"], "most_steps": 2}}])
    yield gateway, gateway.new_key("app", log="FULL")[0]
    server.shutdown()
    server.server_close()


def expect_stars(*texts):
    together = " ".join(str(text) for text in texts)
    assert KEY not in together
    assert STARS in together


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("said", ["Hello!", "WELL", "MOVED"])
def test_a_client_does_not_see_a_providers_key(place, said, stream):
    gateway, key = place
    expect_stars(*gateway.chat("chat", said, key=key, stream=stream))
    expect_stars(*gateway.call("POST", "/openai/deployments/chat/chat/completions",
                               {"messages": [{"role": "user", "content": said}], "stream": stream}, key))
    cascade = gateway.call("POST", "/v1/chat/completions",
                           {"messages": [{"role": "user", "content": said}], "stream": stream}, key,
                           {"policy": "thrifty"})
    expect_stars(*cascade)


def test_a_relayed_path_does_not_tell_a_providers_key(place):
    gateway, _ = place
    expect_stars(*gateway.call("GET", "/v1/whatever/there/is", headers={"provider": "gossip"}))


@pytest.mark.parametrize("said", ["Hello!", "WELL", "MOVED"])
@pytest.mark.parametrize("path", ["/jobs/v1/chat/completions", "/jobs/openai/deployments/chat/chat/completions"])
def test_a_job_does_not_tell_a_providers_key(place, path, said):
    gateway, key = place
    status, _, text = gateway.call("POST", path, {"model": "chat", "messages": [{"role": "user", "content": said}]}, key)
    assert status == 202, text
    address = f"/jobs/{json.loads(text)['job_id']}"

    def ended():
        shown = gateway.call("GET", address, key=key)
        return shown if json.loads(shown[2])["status"] in ENDED else None
    expect_stars(*eventually(ended, 30, "the job's end"))
    assert KEY.encode() not in b"".join(f.read_bytes() for f in gateway.data_dir.rglob("*")
                                        if f.is_file() and f.name not in ("root.key", "secret.key"))


def test_a_batch_does_not_tell_a_providers_key(place):
    gateway, key = place
    client = openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=key, max_retries=0)
    lines = [{"custom_id": said, "method": "POST", "url": "/v1/chat/completions",
              "body": {"model": "chat", "messages": [{"role": "user", "content": said}]}} for said in ("Hello!", "WELL")]
    file = client.files.create(file=("r.jsonl", io.BytesIO("\n".join(map(json.dumps, lines)).encode())), purpose="batch")
    made = client.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h")

    def completed():
        now = client.batches.retrieve(made.id)
        return now if now.status == "completed" else None
    done = eventually(completed, 60, "the batch's end")
    told = [client.files.content(i).text for i in (done.output_file_id, done.error_file_id) if i]
    assert sum(text.count(STARS) for text in told) == 3 and KEY not in str(told)
