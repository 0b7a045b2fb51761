# SPDX-License-Identifier: MIT
"""Who may do what: every route with every kind of credential, scopes, rotation, and budgets of nothing."""

import concurrent.futures
import contextlib
import datetime
import fcntl
import json
import os
import pathlib
import re
import signal
import sqlite3
import time

import pytest

from support.programs import SLOWNESS, eventually, provider, run_logos

CHAT = {"model": "chat", "messages": [{"role": "user", "content": "Hello!"}]}
# Whom a route lets in, each one including those that follow.
RANKS = ["open", "key", "user", "admin", "root"]


def after(seconds):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def operations(gateway):
    """Every operation of /openapi.json: (method, path with something that is not there for each parameter, access)."""
    described = json.loads(gateway.call("GET", "/openapi.json", key="")[2])
    for pattern, methods in described["paths"].items():
        for method, what in methods.items():
            yield method.upper(), re.sub(r"{[^}]*}", "4711", pattern), what["x-logos-access"]


def person(gateway, username, role="user", **more):
    user = gateway.admin("POST", "/users", {"username": username, "role": role})
    return gateway.new_key(username, user_id=user["id"], **more)


def chat(gateway, key, body=CHAT, path="/v1/chat/completions"):
    status, _, text = gateway.call("POST", path, body, key)
    return status, json.loads(text)


def error(answer):
    status, body = answer
    return status, body["error"]["code"]


@pytest.fixture
def shop(house, storage):
    cloud = house.simulate("chat:speed=0,prefill=0,tokens=8", "other:speed=0,prefill=0,tokens=8")
    # Jobs are handed in, but not run: that would be counted as a call of somebody else.
    gateway = house.serve([provider("cloud", cloud, "chat", "other")], storage=storage, jobs={"parallel": 0})
    return gateway, cloud


def test_every_route_with_every_credential(shop):
    gateway, cloud = shop
    service = gateway.admin("POST", "/services", {"name": "service"})
    expiring, expiring_id = gateway.new_key("expired", expires_at=after(2))
    credentials = {"no credential": ("", None), "a wrong key": ("lg-wrong-key", None),
                   "a key that has expired": (expiring, None),
                   "a key of a service": (gateway.new_key("service", service_id=service["id"])[0], "key"),
                   "a key of a user": (person(gateway, "ann")[0], "user"),
                   "a key of an administrator": (person(gateway, "adam", "admin")[0], "admin"),
                   "the root key": (gateway.root_key, "root")}
    eventually(lambda: gateway.call("GET", "/v1/models", key=expiring)[0] == 401, 5, "the key to expire")
    everything = list(operations(gateway))
    assert len(everything) > 70
    wrong = []
    for who, (key, rank) in credentials.items():
        for method, path, access in everything:
            assert access in RANKS, (method, path, access)
            # The relayed ones are let in, and reach the provider, only with a model that is there.
            body = CHAT if path.startswith(("/v1/", "/openai/")) and method == "POST" else {}
            path = path.replace("/openai/deployments/4711/4711", "/openai/deployments/chat/chat/completions")
            before = len(cloud.requests())
            status, _, text = gateway.call(method, path, body if method in ("POST", "PATCH") else None, key)
            if access == "open" or (rank and RANKS.index(access) <= RANKS.index(rank)):
                # A file that is none of a batch is in the account of the provider, and so is what is not asked by POST.
                of_account = "/files" in path or (path.startswith(("/v1/", "/openai/")) and method != "POST")
                right = status not in (401, 403) or (of_account and b"account as a whole" in text)
            else:
                right = status == (403 if rank else 401) and len(cloud.requests()) == before
            if not right:
                wrong.append((who, method, path, access, status, text[:200]))
    assert not wrong
    assert cloud.requests(), "those who may have been relayed"


def test_a_budget_of_nothing_blocks_every_way_to_a_provider(shop):
    gateway, cloud = shop
    key, process_id = gateway.new_key("poor")
    paths = {path.replace("/openai/deployments/4711/4711", "/openai/deployments/chat/chat/completions")
             for method, path, _ in operations(gateway)
             if path.startswith(("/v1/", "/openai/")) and "/models" not in path and "/feedback" not in path
             and "/batches" not in path and not path.endswith("/files")}
    assert len(paths) >= 5
    # And what is in no table: every other path of the kinds that are relayed.
    paths |= {"/v1/files?purpose=user_data", "/v1/files/file-1", "/v1/files/file-1/content", "/v1/images/generations", "/v1/messages",
              "/v1/audio/transcriptions", "/v1/something/new", "/v1/responses/resp_1", "/openai/responses",
              "/openai/v1/chat/completions", "/openai/something", "/openai/deployments/chat/embeddings",
              "/openai/deployments/chat/images/generations", "/v1/models/chat"}
    gateway.admin("POST", "/budgets", {"scope": "process", "scope_id": process_id, "period": "total", "amount": "0",
                                       "currency": "EUR"})
    before = len(cloud.requests())
    wrong = []
    for path in sorted(paths):
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"):
            if path == "/v1/models/chat" and method in ("GET", "HEAD"):
                continue  # the gateway's own answer
            for body in ((CHAT, None) if method in ("POST", "PUT", "PATCH", "DELETE") else (None,)):
                status, _, text = gateway.call(method, path, body, key, headers={"api-key": key})
                # Where JSON is expected, an empty body is the first thing that is wrong, and any is where things are
                # only read; the provider's account is closed to this key anyway.
                early = status == 400 and method == ("POST" if body is None else "DELETE")
                if status not in (402, 403) and not early:
                    wrong.append((method, path, body is not None, status, text[:160]))
    assert not wrong, wrong
    assert len(cloud.requests()) == before


def test_an_address_and_an_endpoint_out_of_scope_are_refused_everywhere(shop):
    gateway, _ = shop
    key, process_id = gateway.new_key("narrow", allowed_endpoints=["/v1/chat/completions", "/v1/models"])
    assert chat(gateway, key)[0] == 200
    assert gateway.call("GET", "/v1/models", key=key)[0] == 200
    assert error(chat(gateway, key, path="/v1/embeddings")) == (403, "out_of_scope")
    status, headers, text = gateway.call("GET", "/admin/v1/processes", key=key)
    assert (status, headers["content-type"]) == (403, "application/problem+json") and b"/v1/chat/completions" in text
    gateway.admin("PATCH", f"/processes/{process_id}", {"allowed_endpoints": [], "allowed_addresses": ["192.0.2.0/24"]})
    assert error(chat(gateway, key)) == (403, "out_of_scope")
    assert gateway.call("GET", "/v1/models", key=key)[0] == 403
    gateway.admin("PATCH", f"/processes/{process_id}", {"allowed_addresses": ["127.0.0.0/8"]})
    assert chat(gateway, key)[0] == 200


def test_a_client_behind_a_trusted_proxy_has_the_address_that_the_proxy_tells(house):
    cloud = house.simulate("chat:speed=0,prefill=0,tokens=8")
    gateway = house.serve([provider("cloud", cloud, "chat")], trusted_proxies=["127.0.0.0/8", "10.0.0.0/8"])
    key, process_id = gateway.new_key("narrow", log="FULL", allowed_addresses=["192.0.2.0/24", "2001:db8::/32"])

    def ask(path="/v1/chat/completions", body=CHAT, **headers):
        status, _, text = gateway.call("POST" if body else "GET", path, body, key,
                                       headers={name.replace("_", "-"): value for name, value in headers.items()})
        return status, text.decode()

    assert ask(x_forwarded_for="192.0.2.7")[0] == 200
    assert ask(x_forwarded_for="198.51.100.1, [2001:db8::7]:4711, 10.0.0.2")[0] == 200
    assert ask(forwarded='for="[2001:db8::8]";proto=https')[0] == 200
    rows = eventually(lambda: (found := gateway.admin("GET", "/requests")["data"]) and len(found) == 3 and found, 5,
                      "the rows")
    told = {gateway.admin("GET", f"/requests/{row['request_id']}")["client_ip"] for row in rows}
    assert told == {"192.0.2.7", "2001:db8::7", "2001:db8::8"}
    for path, body in (("/v1/chat/completions", CHAT), ("/v1/models", None), ("/admin/v1/processes", None)):
        status, text = ask(path, body, x_forwarded_for="192.0.2.7, 198.51.100.1")
        assert status == 403 and "may not be used from 198.51.100.1" in text, (path, text)
        for garbage in ("unknown", "192.0.2.7, rubbish", "192.0.2.7:port"):
            status, text = ask(path, body, x_forwarded_for=garbage)
            assert status == 403 and "X-Forwarded-For" in text and "192.0.2.0/24" in text, (path, text)
        assert "may not be used from 127.0.0.1" in ask(path, body)[1], "the proxy itself"
    made = gateway.call("POST", "/admin/v1/profiles", {"name": "more", "process_id": process_id},
                        headers={"x-forwarded-for": "203.0.113.9"})
    assert made[0] == 201
    made = [e for e in gateway.admin("GET", "/events?resource=profile&action=create")["data"] if e["name"] == "more"]
    assert [e["address"] for e in made] == ["203.0.113.9"]

    plain = house.serve([provider("cloud", cloud, "chat")])
    key, _ = plain.new_key("narrow", allowed_addresses=["192.0.2.0/24"])
    status, _, text = plain.call("POST", "/v1/chat/completions", CHAT, key, headers={"x-forwarded-for": "192.0.2.7"})
    assert status == 403 and b"may not be used from 127.0.0.1" in text, "anybody may have written this"


def test_relayed_batches_are_opened_by_an_administrator_who_names_them(house):
    cloud = house.simulate("chat:speed=0,prefill=0,tokens=8")
    gateway = house.serve([provider("cloud", cloud, "chat")], jobs={"batches": False})
    key, process_id = person(gateway, "ann")
    status, _, text = gateway.call("GET", "/v1/batches", key=key)
    assert status == 403 and b"'allowed_endpoints' name this path" in text
    wanted = {"allowed_endpoints": ["/v1/batches*", "/admin/*"]}
    gateway.admin("PATCH", f"/processes/{process_id}", wanted, key=key, expect=403)
    gateway.admin("PATCH", f"/processes/{process_id}", wanted)
    status, headers, text = gateway.call("GET", "/v1/batches", key=key)
    assert headers["x-logos-provider"] == "cloud" and b"Invalid URL" in text, "it is the provider's answer"
    here = house.serve([provider("cloud", cloud, "chat")])
    key, process_id = person(here, "bob")
    # A key outlasts the setting: where batches run here, too, only an administrator hands their paths out.
    here.admin("PATCH", f"/processes/{process_id}", wanted, key=key, expect=403)
    here.admin("PATCH", f"/processes/{process_id}", wanted)
    assert here.call("GET", "/v1/batches", key=key)[0] == 200
    assert here.call("GET", "/openai/deployments/chat/batches", key=key)[0] == 403


def test_a_model_out_of_scope_is_refused_and_not_listed(shop):
    gateway, _ = shop
    key, process_id = gateway.new_key("narrow", allowed_models=["chat"])
    assert chat(gateway, key)[0] == 200
    status, body = chat(gateway, key, {**CHAT, "model": "other"})
    assert status == 403 and "allows the models chat" in body["error"]["message"], body
    listed = json.loads(gateway.call("GET", "/v1/models", key=key)[2])["data"]
    assert [m["id"] for m in listed] == ["chat"]
    gateway.admin("PATCH", f"/processes/{process_id}", {"allowed_models": []})
    assert chat(gateway, key, {**CHAT, "model": "other"})[0] == 200


def test_a_rotated_key_works_as_long_as_its_grace(shop):
    gateway, _ = shop
    old, process_id = gateway.new_key("turning")
    rotate = f"/processes/{process_id}/rotate"
    new = gateway.admin("POST", rotate, {"grace_s": 2}, expect=200)["key"]
    assert chat(gateway, old)[0] == chat(gateway, new)[0] == 200
    eventually(lambda: error(chat(gateway, old)) == (401, "invalid_api_key") if chat(gateway, old)[0] != 200 else False,
               5, "the grace to end")
    assert chat(gateway, new)[0] == 200
    newer = gateway.admin("POST", rotate, expect=200)["key"]
    assert (chat(gateway, new)[0], chat(gateway, newer)[0]) == (401, 200)


def test_a_user_sees_requests_and_usage_of_their_own_keys(shop):
    gateway, _ = shop
    ann, ann_id = person(gateway, "ann")
    bob, bob_id = person(gateway, "bob")
    for key in (ann, bob, bob):
        assert chat(gateway, key)[0] == 200
    eventually(lambda: len(gateway.admin("GET", "/requests")["data"]) == 3, 5, "the rows")
    mine = gateway.admin("GET", "/requests", key=ann)["data"]
    assert [r["process_id"] for r in mine] == [ann_id]
    assert gateway.admin("GET", f"/requests?process_id={bob_id}", key=ann)["data"] == []
    theirs = gateway.admin("GET", "/requests", key=bob)["data"]
    assert len(theirs) == 2
    assert gateway.admin("GET", f"/requests/{mine[0]['request_id']}", key=ann)["process_id"] == ann_id
    gateway.admin("GET", f"/requests/{theirs[0]['request_id']}", key=ann, expect=404)
    assert [r["requests"] for r in gateway.admin("GET", "/usage", key=ann)["data"]] == [1]
    assert [r["requests"] for r in gateway.admin("GET", "/usage", key=bob)["data"]] == [2]
    assert [r["requests"] for r in gateway.admin("GET", "/usage")["data"]] == [3]


def test_a_key_that_a_user_made_works_at_once(shop):
    gateway, _ = shop
    ann, _ = person(gateway, "ann", allowed_models=["chat"])
    made = gateway.admin("POST", "/processes", {"name": "second"}, key=ann)
    assert chat(gateway, made["key"])[0] == 200
    assert error(chat(gateway, made["key"], {**CHAT, "model": "other"})) == (403, "out_of_scope")
    gateway.admin("DELETE", f"/processes/{made['id']}", key=ann)
    assert chat(gateway, made["key"])[0] == 401


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
    for option in ("--model", "--user", "--service", "--log", "--expires", "--only-model", "--only-endpoint",
                   "--only-address"):
        assert option in text
    assert "--grace" in run_logos("key", "rotate", "--help", folder=town.gateway.folder)[1]
