# SPDX-License-Identifier: MIT
"""Keys made, shown, changed, rotated and revoked by `logos key`."""

import concurrent.futures
import contextlib
import fcntl
import json
import os
import pathlib
import re
import signal
import sqlite3
import time

import pytest

from support.keys import CHAT, chat, error, open_shop
from support.programs import SLOWNESS, eventually, run_logos


@pytest.fixture
def shop(house, storage):
    return open_shop(house, storage)


def key_of(text):
    return re.search(r"shown this once: (\S+)", text).group(1)


def test_keys_are_made_listed_rotated_and_revoked_by_command(shop):
    gateway, _ = shop
    ann = gateway.admin("POST", "/users", {"username": "ann"})
    on = {"folder": gateway.folder}
    code, text, words = run_logos(
        "key", "make", "cli", "--model", "chat", "--model", "other", "--user", "ann", "--log", "FULL", "--expires", "1h",
        "--only-model", "chat", "--only-endpoint", "/v1/*", "--only-address", "127.0.0.1", **on)
    assert code == 0, words
    key = key_of(text)
    process_id = int(re.search(r"Process (\d+)", text).group(1))
    made = eventually(lambda: gateway.admin("GET", f"/processes/{process_id}"), 5)
    assert (made["user_id"], made["log"], made["allowed_models"]) == (ann["id"], "FULL", ["chat"])
    assert (made["allowed_endpoints"], made["allowed_addresses"]) == (["/v1/*"], ["127.0.0.1/32"])
    gateway.admin("PATCH", f"/processes/{process_id}", made)  # what was read may be sent back
    eventually(lambda: chat(gateway, key)[0] == 200, 5, "the key to be known")
    assert error(chat(gateway, key, {**CHAT, "model": "other"})) == (403, "out_of_scope")
    line = next(l for l in run_logos("key", "list", **on)[1].splitlines() if l.startswith(f"{process_id}\t"))
    assert all(part in line for part in ("cli", "FULL", "user=ann", "models=chat", "endpoints=/v1/*", "127.0.0.1/32"))
    code, text, _ = run_logos("key", "rotate", str(process_id), "--grace", "1h", **on)
    assert code == 0 and "The old key works until" in text
    eventually(lambda: chat(gateway, key_of(text))[0] == 200, 5, "the new key to be known")
    assert chat(gateway, key)[0] == 200
    assert "the key before works until" in run_logos("key", "list", **on)[1]
    assert run_logos("key", "revoke", str(process_id), **on)[0] == 0
    assert chat(gateway, key)[0] == chat(gateway, key_of(text))[0] == 401


def test_what_a_key_command_has_done_is_in_force_when_it_ends(shop):
    gateway, _ = shop
    on = {"folder": gateway.folder}
    for _ in range(3):
        code, text, words = run_logos("key", "make", "cli", "--model", "chat", **on)
        assert code == 0, words
        key, process_id = key_of(text), re.search(r"Process (\d+)", text).group(1)
        assert chat(gateway, key)[0] == 200
        new = key_of(run_logos("key", "rotate", process_id, **on)[1])
        assert (chat(gateway, key)[0], chat(gateway, new)[0]) == (401, 200)
        code, text, words = run_logos("key", "revoke", process_id, **on)
        assert code == 0 and "no node accepts the key" in text, words
        assert chat(gateway, new)[0] == 401


def test_a_key_command_does_not_wait_for_a_gateway_that_has_died(house):
    gateway = house.serve([])
    with concurrent.futures.ThreadPoolExecutor(1) as one, \
            contextlib.closing(sqlite3.connect(gateway.data_dir / "logos.db", timeout=0, isolation_level=None)) as books:

        def stops_while_it_writes_nothing():
            gateway.signal(signal.SIGSTOP)
            try:
                books.execute("begin immediate")
                books.execute("rollback")
                return True
            except sqlite3.OperationalError:
                gateway.signal(signal.SIGCONT)
                return False
        eventually(stops_while_it_writes_nothing, 10, "the gateway to stand still")
        command = one.submit(run_logos, "key", "make", "late", folder=gateway.folder)
        eventually(lambda: books.execute("select 1 from process where name = 'late'").fetchone(), 10, "the key")
        assert not command.done(), "it waits for the gateway, which has not confirmed it"
        gateway.kill()
        died = time.monotonic()
        code, _, words = command.result()
    assert code == 0, words
    assert time.monotonic() - died < 5 * SLOWNESS


def test_a_gateway_starts_while_a_command_looks_whether_one_runs(house):
    folder = house.serve([])
    folder.terminate()
    lock = folder.data_dir / "lock"

    def is_wanted():
        for each in pathlib.Path("/proc").glob("[0-9]*/fd/*"):
            with contextlib.suppress(OSError):
                if each.parts[2] != str(os.getpid()) and os.readlink(each) == str(lock.resolve()):
                    return True
        return False

    with open(lock, "rb") as look, concurrent.futures.ThreadPoolExecutor(1) as one:
        fcntl.flock(look, fcntl.LOCK_SH)
        again = one.submit(house.serve, [], folder=folder.folder)
        eventually(is_wanted, 20, "a gateway that wants its folder")
        fcntl.flock(look, fcntl.LOCK_UN)
        assert again.result().admin("GET", "/nodes")["nodes"]


def test_a_key_is_shown_and_changed_by_command(shop):
    gateway, _ = shop
    gateway.admin("POST", "/users", {"username": "ann"})
    gateway.admin("POST", "/services", {"name": "shop"})
    key, process_id = gateway.new_key("app", "chat")
    on = {"folder": gateway.folder}

    def change(*arguments):
        code, text, words = run_logos("key", "change", str(process_id), *arguments, **on)
        assert code == 0, words
        return gateway.admin("GET", f"/processes/{process_id}")

    now = change("--name", "renamed", "--log", "FULL", "--priority", "high", "--weight", "7", "--user", "ann",
                 "--service", "shop", "--expires", "1h", "--only-model", "chat", "--only-model", "other",
                 "--only-endpoint", "/v1/*", "--only-address", "127.0.0.0/8", "--permit", "other")
    assert (now["name"], now["log"], now["priority"], now["weight"]) == ("renamed", "FULL", 10, 7)
    assert now["user_id"] and now["service_id"] and now["expires_at"]
    assert (now["allowed_models"], now["allowed_endpoints"], now["allowed_addresses"]) == \
        (["chat", "other"], ["/v1/*"], ["127.0.0.0/8"])
    assert now["last_used_at"] is None
    assert chat(gateway, key, {**CHAT, "model": "other"})[0] == 200

    def used():
        shown = gateway.admin("GET", f"/processes/{process_id}")
        return shown if shown["last_used_at"] else None

    now = eventually(used, 5, "the time of its request")
    code, text, _ = run_logos("key", "show", str(process_id), **on)
    assert code == 0 and "renamed" in text and "permits chat,other" in text
    shown = json.loads(run_logos("key", "show", str(process_id), "--json", **on)[1])
    assert shown == now
    assert shown in json.loads(run_logos("key", "list", "--json", **on)[1])
    later = change("--no-user", "--no-service", "--never-expires", "--any-model", "--any-endpoint", "--any-address",
                   "--withdraw", "other")
    assert later == {**now, "user_id": None, "service_id": None, "expires_at": None, "allowed_models": [],
                     "allowed_endpoints": [], "allowed_addresses": [], "version": later["version"],
                     "updated_at": later["updated_at"]}
    assert chat(gateway, key, {**CHAT, "model": "other"})[0] == 404 and chat(gateway, key)[0] == 200
    (event,) = gateway.admin("GET", f"/events?resource=process&id={process_id}&action=update&limit=1")["data"]
    assert event["actor"] == "command line"
    assert event["before"]["expires_at"] and event["after"]["expires_at"] is None


def test_the_limits_in_the_settings_of_a_key_are_made_and_changed_by_command(shop):
    gateway, _ = shop
    on = {"folder": gateway.folder}
    code, text, words = run_logos("key", "make", "slow", "--model", "chat", "--settings", '{"rate_limit_rpm":1}', **on)
    assert code == 0, words
    key, process_id = key_of(text), re.search(r"Process (\d+)", text).group(1)
    assert gateway.admin("GET", f"/processes/{process_id}")["settings"] == {"rate_limit_rpm": 1}
    assert [chat(gateway, key)[0] for _ in range(2)] == [200, 429]
    assert "settings={" in run_logos("key", "show", process_id, **on)[1]
    assert run_logos("key", "change", process_id, "--log", "FULL", **on)[0] == 0
    assert gateway.admin("GET", f"/processes/{process_id}")["settings"] == {"rate_limit_rpm": 1}, "it was not named"
    assert run_logos("key", "change", process_id, "--settings", '{"rate_limit_tpm":1000000}', **on)[0] == 0
    assert gateway.admin("GET", f"/processes/{process_id}")["settings"] == {"rate_limit_tpm": 1000000}
    assert chat(gateway, key)[0] == 200
    assert run_logos("key", "change", process_id, "--settings", "{}", **on)[0] == 0
    assert not gateway.admin("GET", f"/processes/{process_id}")["settings"]


@pytest.mark.parametrize("arguments, words", [
    (("change", "1"), "Name it: --name"), (("change", "1", "--profile", "1"), "Name it: --name"),
    (("change", "99", "--log", "FULL"), "no process 99"), (("change", "1", "--weight", "0"), "1 to 1000"),
    (("change", "1", "--priority", "urgent"), "low, mid, high"), (("change", "1", "--permit", "none"), "no model 'none'"),
    (("change", "1", "--withdraw", "chat"), "does not permit 'chat'"), (("change", "1", "--name", " "), "name"),
    (("change", "1", "--profile", "99", "--permit", "*"), "Profile 99"), (("change", "1", "--no-user"), "root"),
    (("show", "99"), "no process 99"), (("change", "1", "--user", "root", "--no-user"), "--no-user"),
    (("make", "x", "--expires", "2020-01-01"), "in the past"), (("make", "x", "--expires", "soon"), "90d"),
    (("make", "x", "--user", "nobody"), "no user 'nobody'"), (("make", "x", "--service", "none"), "no service 'none'"),
    (("make", "x", "--log", "SOME"), "BILLING or FULL"), (("make", "x", "--only-model", "none"), "no model 'none'"),
    (("make", "x", "--only-endpoint", "v1"), "--only-endpoint"), (("make", "x", "--model", "none"), "no model"),
    (("make", "x", "--settings", "60"), "JSON object"), (("make", "x", "--settings", "{},\"name\":\"y\""), "JSON object"),
    (("make", "x", "--settings", "{\"rate_limit_rpm\":-1}"), "settings.rate_limit_rpm"),
    (("change", "1", "--settings", "{\"rpm_limit\":1}"), "'settings.rpm_limit' limits nothing"),
    (("make", "x", "--only-address", "10.0.0.1/8"), "10.0.0.0/8"), (("rotate", "1", "--grace", "31d"), "30d"),
    (("rotate", "1", "--grace", "soon"), "30d"), (("rotate", "99"), "no process 99"), (("revoke", "99"), "no process 99")])
def test_what_is_odd_about_a_key_command_is_said_and_nothing_made(town, arguments, words):
    before = town.gateway.admin("GET", "/processes?limit=1000")["data"]
    code, _, text = run_logos("key", *arguments, folder=town.gateway.folder)
    assert code == 2 and words in text, text
    assert town.gateway.admin("GET", "/processes?limit=1000")["data"] == before


@pytest.mark.parametrize("name", ["", " ", " x", "x ", "x\t", "a\nb", "a\x7fb", "\u00a0x", "x\u200b", "a\u202eb", "x" * 257])
def test_a_name_that_the_api_refuses_is_refused_by_command_in_the_same_words(town, name):
    before = town.gateway.admin("GET", "/processes?limit=1000")["data"]
    status, _, body = town.gateway.call("POST", "/admin/v1/processes", {"name": name})
    assert status == 400, body
    code, _, text = run_logos("key", "make", name, folder=town.gateway.folder)
    assert code == 2 and json.loads(body)["detail"] in text, text
    assert town.gateway.admin("GET", "/processes?limit=1000")["data"] == before


def test_the_help_of_the_key_commands_names_every_option(town):
    text = run_logos("key", "make", "--help", folder=town.gateway.folder)[1]
    for option in ("--model", "--user", "--service", "--log", "--expires", "--settings", "--only-model", "--only-endpoint",
                   "--only-address"):
        assert option in text
    assert "--grace" in run_logos("key", "rotate", "--help", folder=town.gateway.folder)[1]
