# SPDX-License-Identifier: MIT
"""Who may do what: every route with every kind of credential, scopes, rotation, and budgets of nothing."""

import datetime
import json
import re

import pytest

from support.keys import CHAT, chat, error, open_shop, person
from support.programs import eventually, provider

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


@pytest.fixture
def shop(house, storage):
    # Every route is tried with wrong keys, faster than anybody may: that is another test's matter.
    return open_shop(house, storage, limits={"wrong_keys": 0})


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
              "/v1/audio/transcriptions", "/v1/something/new", "/openai/responses",
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
    # It names what is nobody's, which is said before anybody asks who pays.
    assert gateway.call("GET", "/v1/responses/resp_1", key=key)[0] == 404
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
