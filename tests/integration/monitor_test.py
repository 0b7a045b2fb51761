# SPDX-License-Identifier: MIT
"""What the gateway sees of an Ollama: its server, its memory, and what it writes down of that."""

import json

from support.books import Books
from support.programs import eventually, provider


def state(gateway, name):
    row = next(p for p in gateway.admin("GET", "/providers")["data"] if p["name"] == name)
    return gateway.admin("GET", f"/providers/{row['id']}/state")


def test_a_providers_state_follows_what_lies_in_its_memory(house):
    ollama = house.simulate("chat:size=10,vram=10,load=300ms,prefill=0,speed=0,tokens=16",
                            "idle:size=10,vram=10,load=300ms", flavour="ollama")
    gateway = house.serve([provider("gpu", ollama, "chat", {"name": "idle", "residence": "drained"})])
    seen = eventually(lambda: state(gateway, "gpu") if state(gateway, "gpu")["server"] else None)
    assert seen["reachable"] is True
    assert seen["server"].startswith("Ollama ")
    assert {d["model"]: d["residence"] for d in seen["deployments"]} == {"chat": "automatic", "idle": "drained"}
    assert gateway.chat("chat")[0] == 200
    eventually(lambda: [m["model"] for m in state(gateway, "gpu")["memory"]] == ["chat:latest"])
    loaded = state(gateway, "gpu")["memory"][0]
    assert loaded["vram_bytes"] == 10 << 20
    assert loaded["expires_in_s"] > 0
    eventually(lambda: [d["calls"] for d in state(gateway, "gpu")["deployments"] if d["model"] == "chat"] == [1],
               what="the call that its SCHEDULER learned from")
    row = eventually(lambda: (Books(gateway).query("select * from ollama_provider_snapshots"
                                                   " where total_models_loaded = 1") or [None])[0])
    model = json.loads(row["loaded_models"])[0]
    assert set(model) == {"name", "size_vram", "size_vram_mb", "expires_at"}
    assert (model["name"], model["size_vram_mb"]) == ("chat:latest", 10)


def test_a_provider_that_goes_away_is_written_down_with_the_reason(house):
    ollama = house.simulate("chat:size=10,vram=10,load=0", flavour="ollama")
    gateway = house.serve([provider("gpu", ollama, "chat")])
    eventually(lambda: state(gateway, "gpu")["reachable"])
    ollama.kill()
    eventually(lambda: state(gateway, "gpu")["reachable"] is False, seconds=20)
    row = eventually(lambda: (Books(gateway).query("select * from ollama_provider_snapshots"
                                                   " where not poll_success") or [None])[0])
    assert row["error_message"]
    assert state(gateway, "gpu")["memory"] is None
