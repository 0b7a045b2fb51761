# SPDX-License-Identifier: MIT
"""What the gateway sees of an Ollama: its server, its memory, and what it writes down of that."""

import json
import socket

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
    listed = gateway.admin("GET", f"/providers/{seen['id']}/snapshots?limit=1000")["data"]
    assert [s["snapshot_ts"] for s in listed] == sorted((s["snapshot_ts"] for s in listed), reverse=True)
    assert [m["name"] for s in listed if s["total_models_loaded"] for m in s["loaded_models"]][-1] == "chat:latest"


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


def test_what_was_learned_survives_a_restart(house, storage):
    ollama = house.simulate("chat:size=10,vram=10,load=300ms,prefill=0,speed=200,tokens=16", flavour="ollama")
    providers = [provider("gpu", ollama, "chat")]
    gateway = house.serve(providers, storage=storage)

    def learned(at, calls):
        found = next(d for d in state(at, "gpu")["deployments"] if d["model"] == "chat")
        return found if found["calls"] == calls and found["load_ms"] else None

    for _ in range(3):
        assert gateway.chat("chat")[0] == 200
    before = eventually(lambda: learned(gateway, 3), what="what its SCHEDULER learned from three calls")
    assert gateway.terminate(20) == 0
    again = house.serve(providers, folder=gateway.folder, storage=storage)
    after = eventually(lambda: learned(again, 3), what="what was learned before the restart")
    assert after["load_ms"] == before["load_ms"]
    assert after["memory_bytes"] == before["memory_bytes"] == 10 << 20
    assert again.chat("chat")[0] == 200
    eventually(lambda: learned(again, 4), what="it goes on from there")


def order(gateway, deployment, what):
    status, _, text = gateway.call("POST", f"/admin/v1/deployments/{deployment}/{what}")
    return status, json.loads(text)


def in_memory(gateway):
    return [m["model"] for m in state(gateway, "gpu")["memory"] or []]


def test_an_operator_loads_a_model_and_throws_it_out(house):
    ollama = house.simulate("chat:size=10,vram=10,load=300ms", flavour="ollama")
    cloud = house.simulate("gpt")
    gateway = house.serve([provider("gpu", ollama, "chat"), provider("cloud", cloud, "gpt")])
    ids = {d["model"]: d["id"] for d in gateway.admin("GET", "/deployments")["data"]}
    eventually(lambda: state(gateway, "gpu")["memory"] == [], what="an empty memory that was seen")
    status, said = order(gateway, ids["chat"], "load")
    assert (status, said["state"], said["provider"]) == (202, "loading", "gpu"), said
    eventually(lambda: in_memory(gateway) == ["chat:latest"], what="the model in memory")
    assert order(gateway, ids["chat"], "load")[1]["state"] == "warm"
    assert order(gateway, ids["chat"], "unload")[0] == 202
    eventually(lambda: in_memory(gateway) == [], what="the model thrown out")
    assert gateway.chat("chat")[0] == 200
    status, said = order(gateway, ids["gpt"], "load")
    assert status == 409 and "only a provider of type ollama" in said["detail"]
    events = gateway.admin("GET", "/events?resource=deployment")["data"]
    assert [e["action"] for e in events if e["action"] in ("load", "unload")] == ["unload", "load", "load"]


def test_any_node_of_a_cluster_passes_the_order_on(house, postgres):
    ollama = house.simulate("chat:size=10,vram=10,load=300ms", flavour="ollama")
    storage, nodes = postgres.new_database(), []
    for name in ("node-a", "node-b"):
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            cluster = {"name": "test", "node": name, "listen": f"127.0.0.1:{one.getsockname()[1]}"}
        nodes.append(house.serve([provider("gpu", ollama, "chat")], storage=storage, name=name, cluster=cluster,
                                 secret_key="the same secret on every node"))
    (nodes[1].data_dir / "root.key").write_text(nodes[0].root_key + "\n")
    eventually(lambda: all(len(n.admin("GET", "/nodes")["nodes"]) == 2 and state(n, "gpu")["memory"] == [] for n in nodes),
               20, "two nodes that have seen the provider")
    deployment = nodes[0].admin("GET", "/deployments")["data"][0]["id"]
    for asked in nodes:
        # 503 while the provider goes to the node that has just joined.
        eventually(lambda: order(asked, deployment, "load")[0] == 202, what="the order to be taken")
        eventually(lambda: all(in_memory(n) == ["chat:latest"] for n in nodes), what="both see it in memory")
        assert order(asked, deployment, "unload")[0] == 202
        eventually(lambda: all(in_memory(n) == [] for n in nodes), what="both see it gone")
