# SPDX-License-Identifier: MIT
"""`logos rotate-secret`: another secret key, and everything that was there is still there."""

import random
import re
import signal
import socket
import subprocess
import time

import pytest

from support import programs
from support.programs import provider, run_logos

OLD, NEW = "the-old-secret-key-of-tests", "the-new-secret-key-of-tests"
BOTH = {"LOGOS_SECRET_KEY": NEW, "LOGOS_SECRET_KEY_PREVIOUS": OLD}


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def rotate(gateway, environment=None):
    return run_logos("rotate-secret", folder=gateway.folder, environment=environment)


def cloud_of(house):
    return house.simulate("chat:speed=0,prefill=0,tokens=5", arguments=("--api-key", "sk-upstream"))


def add_provider(gateway, cloud):
    """Through the API, so that its key is in the database only."""
    gateway.admin("POST", "/providers", {"name": "cloud", "type": "openai", "base_url": cloud.url,
                                         "api_key": "sk-upstream"})
    gateway.admin("POST", "/models", {"name": "chat"})
    gateway.admin("POST", "/deployments", {"model": "chat", "provider": "cloud"})


def check_audit(gateway, environment=None):
    code, output, error = run_logos("check", "--audit", folder=gateway.folder, environment=environment)
    assert code == 0 and "The audit log is whole" in output, error


def test_the_key_of_the_settings_is_replaced_while_the_gateway_runs(house, storage):
    cloud = cloud_of(house)
    gateway = house.serve([], storage=storage, environment={"LOGOS_SECRET_KEY": OLD})
    add_provider(gateway, cloud)
    key, _ = gateway.new_key("app")
    assert gateway.chat("chat", key=key)[0] == 200
    if storage == "sqlite":  # elsewhere nobody sees it: it has no cluster, and might run on another machine
        code, _, error = rotate(gateway, BOTH)
        assert code == 2 and "the node local runs without the new secret key" in error
    gateway.terminate()
    both = house.serve([], folder=gateway.folder, storage=storage, environment=BOTH)
    assert "still belongs to the previous secret key" in both.text
    assert both.chat("chat", key=key)[0] == 200
    code, output, error = rotate(gateway, BOTH)
    assert code == 0, error
    assert "1 secrets open with it" in output
    assert OLD not in output + error and NEW not in output + error
    assert both.chat("chat", key=key)[0] == 200
    later, _ = both.new_key("later")
    both.admin("PATCH", "/providers/1", {"privacy": "LOCAL"})
    both.terminate()
    fresh = house.serve([], folder=gateway.folder, storage=storage, environment={"LOGOS_SECRET_KEY": NEW})
    for each in (key, later, fresh.root_key):
        assert fresh.chat("chat", key=each)[0] == 200
    check_audit(fresh, {"LOGOS_SECRET_KEY": NEW})
    fresh.terminate()
    code, _, error = run_logos("serve", folder=gateway.folder, environment={"LOGOS_SECRET_KEY": OLD})
    assert code == 2
    assert re.search(r"this secret_key was replaced by `logos rotate-secret` at 20", error)


def test_the_key_of_the_folder_is_replaced_while_the_gateway_stands_still(house):
    cloud = cloud_of(house)
    gateway = house.serve([])
    add_provider(gateway, cloud)
    key, _ = gateway.new_key("app")
    file = gateway.data_dir / "secret.key"
    old = file.read_text()
    code, _, error = rotate(gateway)
    assert code == 2 and "is in use by process" in error
    gateway.terminate()
    assert file.read_text() == old
    code, output, error = rotate(gateway)
    assert code == 0, error
    assert file.read_text() != old and (gateway.data_dir / "secret.key.previous").read_text() == old
    assert not (gateway.data_dir / "secret.key.next").exists()
    assert file.stat().st_mode & 0o777 == 0o600
    again = house.serve([], folder=gateway.folder)
    for each in (key, again.root_key):
        assert again.chat("chat", key=each)[0] == 200
    check_audit(again)


def test_a_wrong_or_missing_old_key_is_told_and_changes_nothing(house):
    gateway = house.serve([], environment={"LOGOS_SECRET_KEY": OLD})
    gateway.terminate()
    code, _, error = rotate(gateway, {"LOGOS_SECRET_KEY": NEW})
    assert code == 2 and "LOGOS_SECRET_KEY_PREVIOUS" in error
    code, _, error = rotate(gateway, {"LOGOS_SECRET_KEY": NEW, "LOGOS_SECRET_KEY_PREVIOUS": "not-this-one-at-all"})
    assert code == 2 and "another secret_key" in error
    house.serve([], folder=gateway.folder, environment={"LOGOS_SECRET_KEY": OLD})


@pytest.mark.timeout(240)
def test_killed_at_any_moment_it_loses_nothing(house):
    cloud = cloud_of(house)
    gateway = house.serve([])
    add_provider(gateway, cloud)
    key, _ = gateway.new_key("app")
    for i in range(60):  # so that there is a moment
        gateway.admin("POST", "/providers", {"name": f"p{i}", "base_url": cloud.url, "api_key": f"sk-{i}"})
    gateway.terminate()
    began = time.monotonic()
    assert rotate(gateway)[0] == 0
    whole = time.monotonic() - began
    dice = random.Random(7)
    interrupted = 0
    for turn in range(12):
        running = subprocess.Popen([programs.LOGOS, "rotate-secret"], cwd=gateway.folder, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        time.sleep(dice.uniform(0, whole))  # a moment, not a condition
        running.send_signal(signal.SIGKILL)
        running.wait()
        interrupted += (gateway.data_dir / "secret.key.next").exists()
        if turn % 4 == 3:
            again = house.serve([], folder=gateway.folder)
            assert again.chat("chat", key=key)[0] == 200
            again.terminate()
    print(f"{interrupted} of 12 were interrupted after the new key was written")
    assert rotate(gateway)[0] == 0
    assert not (gateway.data_dir / "secret.key.next").exists()
    again = house.serve([], folder=gateway.folder)
    assert again.chat("chat", key=key)[0] == 200
    check_audit(again)


def test_a_cluster_turns_its_key_node_by_node(house, postgres):
    cloud = cloud_of(house)
    database = postgres.new_database()
    folders = {name: house.folder() for name in ("node-a", "node-b")}

    def start(name, environment):
        return house.serve([provider("file", cloud, "chat", api_key="sk-upstream")], folder=folders[name],
                           storage=database, environment=environment, name=name,
                           cluster={"name": "turn", "node": name, "listen": f"127.0.0.1:{free_port()}"})

    nodes = {name: start(name, {"LOGOS_SECRET_KEY": OLD}) for name in folders}
    key, _ = nodes["node-a"].new_key("app")
    nodes["node-a"].terminate()
    nodes["node-a"] = start("node-a", BOTH)
    code, _, error = rotate(nodes["node-a"], BOTH)
    assert code == 2 and "the node node-b runs without the new secret key" in error
    nodes["node-b"].terminate()
    nodes["node-b"] = start("node-b", BOTH)
    code, _, error = rotate(nodes["node-a"], BOTH)
    assert code == 0, error
    for name, node in nodes.items():
        programs.eventually(lambda n=node: n.chat("chat", key=key)[0] == 200, 15, f"an answer of {name}")
        made = node.admin("POST", "/processes", {"name": f"by {name}"}, key=nodes["node-a"].root_key)
        assert made["key"]
    check_audit(nodes["node-b"], {"LOGOS_SECRET_KEY": NEW})
