# SPDX-License-Identifier: MIT
"""Models in an Ollama's memory that others want as well: clients that ask it themselves, and operators."""

import contextlib
import http.client
import json
import threading
import time

from support.programs import SLOWNESS, eventually, provider

LARGE = "size=10,vram=10,load=300ms,prefill=0,speed=50,tokens=25"
PATIENCE = 15 * SLOWNESS  # a load and an answer take 0.8 s


@contextlib.contextmanager
def asks_the_server_itself(ollama, model, pause):
    """A client that knows nothing of the gateway and has the server keep a model."""
    stop, failures = threading.Event(), []

    def ask():
        while not stop.is_set():
            link = http.client.HTTPConnection("127.0.0.1", ollama.port, timeout=120)
            link.request("POST", "/api/generate", json.dumps(
                {"model": model, "prompt": "hi", "keep_alive": "10m", "stream": False}))
            answer = link.getresponse()
            answer.read()
            if answer.status != 200:
                failures.append(answer.status)
            stop.wait(pause)

    client = threading.Thread(target=ask, daemon=True)
    client.start()
    try:
        yield
    finally:
        stop.set()
        client.join(60)
    assert not failures


def served(gateway, model):
    begun = time.monotonic()
    status, _, text = gateway.chat(model, headers={"x-logos-timeout": "30"}, timeout=120)
    took = time.monotonic() - begun
    assert status == 200, (status, took, text)
    assert took < PATIENCE, f"{model} after {took:.1f} s"
    return took


def test_a_model_that_others_throw_out_again_and_again_is_served_nevertheless(house):
    ollama = house.simulate(f"x:{LARGE}", f"y:{LARGE}", flavour="ollama", arguments=("--vram-mb", "15"))
    gateway = house.serve([provider("gpu", ollama, "x", "y", total_vram_mb=15)])
    assert gateway.chat("x")[0] == 200
    for pause in (0, 0.2):
        with asks_the_server_itself(ollama, "x", pause):
            for _ in range(3):
                served(gateway, "y")
            served(gateway, "x")
            served(gateway, "y")


def test_who_wants_what_does_not_fit_beside_a_pinned_model_hears_so_at_once(house):
    ollama = house.simulate(f"x:{LARGE}", f"y:{LARGE}", flavour="ollama", arguments=("--vram-mb", "15"))
    gateway = house.serve([provider("gpu", ollama, {"name": "x", "residence": "pinned"}, "y", total_vram_mb=15)])
    assert gateway.chat("x")[0] == 200
    x = next(d["id"] for d in gateway.admin("GET", "/deployments")["data"] if d["model"] == "x")

    def refused():
        begun = time.monotonic()
        status, _, text = gateway.chat("y", headers={"x-logos-timeout": "30"})
        assert status == 503, (status, text)
        return text if time.monotonic() - begun < 5 * SLOWNESS else None

    message = json.loads(eventually(refused, what="a refusal at once"))["error"]["message"]
    assert f"beside what an administrator has pinned there: x (the residence of deployment {x})" in message


def test_a_model_that_only_embeds_is_loaded_and_thrown_out_by_order_as_any_other(house):
    ollama = house.simulate(f"x:{LARGE}", "embedder:size=10,vram=10,load=300ms,dim=8,can=embedding", flavour="ollama",
                            arguments=("--vram-mb", "15"))
    gateway = house.serve([provider("gpu", ollama, "x", "embedder", total_vram_mb=15)])
    gpu = next(p["id"] for p in gateway.admin("GET", "/providers")["data"] if p["name"] == "gpu")

    def state():
        return gateway.admin("GET", f"/providers/{gpu}/state")

    def embed():
        status, _, text = gateway.call("POST", "/v1/embeddings", {"model": "embedder", "input": "one"})
        assert status == 200, text
        assert len(json.loads(text)["data"][0]["embedding"]) == 8

    assert gateway.chat("x")[0] == 200
    embed()
    assert [r["path"] for r in ollama.requests("embedder")] == ["/api/embed", "/v1/embeddings"]
    eventually(lambda: [m["model"] for m in state()["memory"] or []] == ["embedder:latest"], what="it alone in memory")
    load_ms = eventually(lambda: next(d["load_ms"] for d in state()["deployments"] if d["model"] == "embedder"),
                         what="what its load took")
    assert load_ms >= 290
    assert gateway.chat("x")[0] == 200
    embed()
    assert [r["path"] for r in ollama.requests("embedder")] == ["/api/embed", "/v1/embeddings"] * 2
    assert "could not load" not in gateway.text
