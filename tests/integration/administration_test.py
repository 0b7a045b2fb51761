# SPDX-License-Identifier: MIT
"""Administration by API: what it answers is in force for the very next request."""

import http.client
import json
import pathlib
import re

import pytest

from support.programs import eventually, provider
from support.schema import complaints


def test_everything_made_by_api_serves_the_next_request(house, storage):
    upstream = house.simulate("tiny:speed=0,prefill=0,tokens=8", arguments=("--api-key", "sk-made"))
    gateway = house.serve([], storage=storage)
    process = gateway.admin("POST", "/processes", {"name": "app", "log": "BILLING"})
    profile = gateway.admin("POST", "/profiles", {"name": "second", "process_id": process["id"]})
    gateway.admin("POST", "/providers", {"name": "made", "type": "openai", "base_url": upstream.url + "/v1",
                                         "api_key": "sk-made", "privacy": "LOCAL"})
    assert gateway.chat("small", key=process["key"])[0] == 404
    gateway.admin("POST", "/models", {"name": "small"})
    gateway.admin("POST", "/deployments", {"model": "small", "provider": "made", "upstream": "tiny"})
    status, _, _ = gateway.chat("small", key=process["key"], headers={"use_profile": str(profile["id"])})
    assert status in (403, 404)
    gateway.admin("POST", "/permissions", {"profile_id": profile["id"], "model": "small"})
    status, headers, text = gateway.chat("small", key=process["key"], headers={"use_profile": str(profile["id"])})
    assert (status, headers.get("x-logos-provider")) == (200, "made"), text
    assert json.loads(text)["usage"]["completion_tokens"] == 8


def test_the_steps_of_the_contract_work_as_they_are_written(house, storage):
    cloud = house.simulate("gemma3:speed=0,prefill=0,tokens=4")
    gateway = house.serve([provider("cloud", cloud, "gemma3")], storage=storage)
    app = gateway.admin("POST", "/processes", {"name": "app", "log": "BILLING"})
    profile = gateway.admin("POST", "/profiles", {"name": "default", "process_id": app["id"]})
    gateway.admin("POST", "/permissions", {"profile_id": profile["id"], "model": "gemma3"})
    gateway.admin("POST", "/prices", {"model": "gemma3", "token_type": "completion_tokens", "currency": "EUR",
                                      "valid_from": "2026-01-01T00:00:00Z", "price_per_k_token": "0.50"})
    scope = {"scope": "process", "scope_id": app["id"]}
    gateway.admin("POST", "/budgets", {**scope, "period": "total", "amount": "1.00", "currency": "EUR", "hard": True})
    gateway.admin("POST", "/limits", {**scope, "kind": "requests_per_minute", "value": 60})
    status, headers, text = gateway.chat("gemma3", key=app["key"], max_tokens=4)
    assert status == 200, text
    assert headers["x-ratelimit-limit-requests"] == "60"
    gateway.admin("DELETE", f"/processes/{app['id']}", expect=204)
    assert gateway.chat("gemma3", key=app["key"])[0] == 401


def test_what_no_key_opens_is_a_problem_too(town):
    for key in ("", "lg-nobody"):
        for method, path, body in (("GET", "/users", None), ("POST", "/users", {"username": "x"}), ("GET", "/none", None)):
            status, headers, text = town.gateway.call(method, "/admin/v1" + path, body, key)
            problem = json.loads(text)
            assert (status, headers["content-type"]) == (401, "application/problem+json"), (method, path, key)
            assert (problem["status"], problem["title"]) == (401, "Unauthorized") and problem["detail"]
            assert headers["www-authenticate"] == "Bearer"


def test_no_route_of_the_admin_api_takes_a_parameter_that_it_does_not_declare(town):
    described = json.loads(town.gateway.call("GET", "/openapi.json", key="")[2])
    asked = 0
    for pattern, methods in described["paths"].items():
        for method in methods:
            if not pattern.startswith("/admin/v1/"):
                continue
            path = re.sub(r"{[^}]*}", "4711", pattern) + "?frobnicate=1"
            status, _, text = town.gateway.call(method.upper(), path, {} if method in ("post", "patch") else None)
            assert status == 400 and json.loads(text)["param"] == "frobnicate", (method, path, status, text)
            asked += 1
    assert asked > 90


def test_a_revoked_key_is_refused_at_once(town):
    for round in range(5):
        key, process_id = town.gateway.new_key(f"short-lived-{round}")
        assert town.gateway.chat("chat", key=key)[0] == 200
        town.gateway.admin("DELETE", f"/processes/{process_id}")
        status, _, text = town.gateway.chat("chat", key=key)
        assert (status, json.loads(text)["error"]["code"]) == (401, "invalid_api_key")


def test_a_revoked_key_is_refused_on_a_connection_that_used_it(town):
    key, process_id = town.gateway.new_key("kept-open")
    link = http.client.HTTPConnection("127.0.0.1", town.gateway.port)

    def ask():
        link.request("GET", "/v1/models", headers={"authorization": f"Bearer {key}"})
        answer = link.getresponse()
        answer.read()
        return answer.status

    assert ask() == 200
    town.gateway.admin("DELETE", f"/processes/{process_id}")
    assert ask() == 401
    link.close()


def test_a_key_that_has_expired_already_is_not_made(town):
    status, _, text = town.gateway.call("POST", "/admin/v1/processes", {"name": "x", "expires_at": "2020-01-01T00:00:00Z"})
    assert status == 400 and json.loads(text)["param"] == "expires_at"


def test_the_last_root_key_stays(house):
    gateway = house.serve([])
    user = gateway.admin("GET", "/processes")["data"][0]["user_id"]
    for method, path, body in (("DELETE", f"/admin/v1/users/{user}", None),
                               ("PATCH", f"/admin/v1/users/{user}", {"username": "nobody"}),
                               ("DELETE", "/admin/v1/processes/1", None),
                               ("PATCH", "/admin/v1/processes/1", {"expires_at": "2020-01-01T00:00:00Z"}),
                               ("PATCH", "/admin/v1/processes/1", {"user_id": None})):
        status, _, text = gateway.call(method, path, body)
        assert (status, json.loads(text)["code"]) == (409, "conflict"), (method, path, text)
    assert gateway.call("GET", "/admin/v1/processes")[0] == 200


def test_a_name_or_alias_belongs_to_one_model(town):
    for body in ({"name": "renamed", "aliases": []}, {"name": "also-renamed"}, {"name": "other", "aliases": ["chat"]}):
        status, _, text = town.gateway.call("POST", "/admin/v1/models", body)
        assert (status, json.loads(text)["code"]) == (409, "conflict"), text
    made = town.gateway.admin("POST", "/models", {"name": "other"})
    path = f"/admin/v1/models/{made['id']}"
    assert town.gateway.call("PATCH", path, {"aliases": ["also-renamed"]})[0] == 409
    assert town.gateway.call("DELETE", path)[0] == 204


def test_a_rotated_key_takes_the_place_of_the_old_one(town):
    key, process_id = town.gateway.new_key("rotated")
    status, _, text = town.gateway.call("POST", f"/admin/v1/processes/{process_id}/rotate")
    fresh = json.loads(text)["key"]
    assert status == 200 and fresh != key
    assert town.gateway.chat("chat", key=key)[0] == 401
    assert town.gateway.chat("chat", key=fresh)[0] == 200
    town.gateway.admin("DELETE", f"/processes/{process_id}")


def test_a_permission_that_is_taken_away_ends_with_the_next_request(town):
    made = town.gateway.admin("POST", "/processes", {"name": "permitted"})
    permission = town.gateway.admin("POST", "/permissions", {"profile_id": made["profile_id"], "model": "chat"})
    assert town.gateway.chat("chat", key=made["key"])[0] == 200
    town.gateway.admin("DELETE", f"/permissions/{permission['id']}")
    assert town.gateway.chat("chat", key=made["key"])[0] in (403, 404)
    town.gateway.admin("DELETE", f"/processes/{made['id']}")


def test_a_key_without_a_role_administers_nothing(town):
    status, headers, text = town.gateway.call("GET", "/admin/v1/providers", key=town.key)
    assert (status, headers["content-type"]) == (403, "application/problem+json")
    assert json.loads(text)["status"] == 403
    assert town.gateway.call("GET", "/admin/v1/providers", key="")[0] == 401


@pytest.mark.parametrize("kind", ["providers", "models", "deployments"])
def test_what_the_file_declares_is_read_only_here(town, kind):
    listed = town.gateway.admin("GET", f"/{kind}")["data"]
    entity = next(one for one in listed if one.get("origin") == "config")
    for method, body in (("PATCH", {"enabled": False}), ("DELETE", None)):
        status, _, text = town.gateway.call(method, f"/admin/v1/{kind}/{entity['id']}", body)
        assert status == 409, text
        assert "logos.yaml" in json.loads(text)["detail"]


def test_a_change_under_an_old_etag_is_refused(town):
    made = town.gateway.admin("POST", "/services", {"name": "versioned"})
    status, headers, _ = town.gateway.call("GET", f"/admin/v1/services/{made['id']}")
    path, etag = f"/admin/v1/services/{made['id']}", headers["etag"]
    assert town.gateway.call("PATCH", path, {"name": "once"}, headers={"if-match": etag})[0] == 200
    assert town.gateway.call("PATCH", path, {"name": "twice"}, headers={"if-match": etag})[0] == 412
    assert town.gateway.call("DELETE", path)[0] == 204


def test_a_list_is_walked_through_by_its_cursor(town):
    made = [town.gateway.admin("POST", "/services", {"name": f"page-{n}"})["id"] for n in range(5)]
    seen, cursor = [], ""
    while cursor is not None:
        page = town.gateway.admin("GET", f"/services?limit=2{cursor and '&cursor=' + cursor}")
        assert len(page["data"]) <= 2
        seen += [one["id"] for one in page["data"]]
        cursor = page["next"]
    assert set(made) <= set(seen) and len(seen) == len(set(seen))
    for one in made:
        town.gateway.admin("DELETE", f"/services/{one}")


def test_an_unknown_field_is_refused_and_the_nearest_is_named(town):
    status, _, text = town.gateway.call("POST", "/admin/v1/processes", {"nmae": "app"})
    assert status == 400
    assert "name" in json.loads(text)["detail"]


def test_requests_and_usage_are_told(town):
    _, headers, _ = town.gateway.chat("chat", key=town.key)
    request_id = headers["x-request-id"]
    eventually(lambda: town.gateway.call("GET", f"/admin/v1/requests/{request_id}")[0] == 200, 2, "the request")
    assert any(one["request_id"] == request_id for one in town.gateway.admin("GET", "/requests?limit=20")["data"])
    usage = town.gateway.admin("GET", "/usage?group_by=process,model")
    assert json.dumps(usage).count("chat") > 0


def test_the_actors_stand_in_one_tree(town):
    actors = town.gateway.admin("GET", "/actors")["actors"]
    names = {actor["name"] for actor in actors}
    kinds = {actor["kind"] for actor in actors}
    assert {"supervisor", "ingress", "executor", "classifier", "scheduler", "monitor", "storage", "catalog", "ledger",
            "node"} <= kinds
    assert {"scheduler/cloud", "scheduler/gpu", "monitor/gpu"} <= names
    assert all(not actor["parent"] or actor["parent"] in names for actor in actors)
    for actor in actors:
        assert set(actor) >= {"name", "kind", "node", "state", "parent", "mailbox", "messages", "busy_us", "restarts"}
        assert actor["restarts"] == 0


def test_health_and_ready_need_no_key_and_are_truthful(town):
    status, _, text = town.gateway.call("GET", "/health", key="")
    assert status == 200 and {"chat", "llama"} <= {m["name"] for m in json.loads(text)["models"]}
    status, _, text = town.gateway.call("GET", "/ready", key="")
    assert status == 200 and json.loads(text)["status"] == "ready"


def test_metrics_are_roots_and_are_prometheus_text(town):
    assert town.gateway.call("GET", "/metrics", key="")[0] == 401
    town.gateway.chat("chat", key=town.key)
    status, _, text = town.gateway.call("GET", "/metrics", key=town.key)
    assert status == 403 and b"logos_" not in text, "it shows everybody's usage"
    status, headers, text = town.gateway.call("GET", "/metrics")
    assert status == 200 and headers["content-type"].startswith("text/plain")
    for line in text.decode().splitlines():
        assert line.startswith("# ") or re.fullmatch(r'logos_\w+(\{[^}]*\})? [-+0-9.eInfNa]+', line), line


def test_the_readme_names_every_metric_of_the_ledger(town):
    text = town.gateway.call("GET", "/metrics")[2].decode()
    names = re.findall(r"^# TYPE (logos_ledger_\w+) ", text, re.MULTILINE)
    readme = (pathlib.Path(__file__).parents[2] / "README.md").read_text()
    assert names and not [name for name in names if f"`{name}`" not in readme]


def test_public_metrics_need_no_key(house):
    gateway = house.serve([], metrics={"public": True})
    assert gateway.call("GET", "/metrics", key="")[0] == 200


def test_the_console_pages_and_the_description_are_open(town):
    status, headers, text = town.gateway.call("GET", "/openapi.json", key="")
    assert status == 200 and json.loads(text)["openapi"].startswith("3.")
    assert town.gateway.call("GET", "/docs", key="")[0] == 200


def test_every_route_that_is_described_answers(town):
    paths = json.loads(town.gateway.call("GET", "/openapi.json", key="")[2])["paths"]
    silent = []
    for path, operations in paths.items():
        plain = re.sub(r"\{[^}]*\}", "999999", path)
        for method in operations:
            status, _, text = town.gateway.call(method.upper(), plain, {} if method in ("post", "patch") else None)
            unknown = status == 404 and (b"There is nothing at" in text or b"Unknown path" in text)
            if unknown or status in (405, 501) or status >= 500:
                silent.append((method, path, status, text[:200]))
    assert not silent


def test_answers_are_what_the_description_says(house):
    upstream = house.simulate("tiny:speed=0,prefill=0,tokens=8")
    gateway = house.serve([provider("declared", upstream, "tiny")])
    document = json.loads(gateway.call("GET", "/openapi.json", key="")[2])

    def check(method, path, body=None, at=None):
        """Sends it, and holds body and answer against the description of the route."""
        described = document["paths"][at or path][method.lower()]
        if body is not None:
            schema = described["requestBody"]["content"]["application/json"]["schema"]
            assert complaints(body, schema, document) == [], (method, path)
        status, _, text = gateway.call(method, path, body)
        assert str(status) in described["responses"], (method, path, status, text)
        schema = described["responses"][str(status)]["content"]["application/json"]["schema"]
        value = json.loads(text)
        assert complaints(value, schema, document) == [], (method, path)
        return value

    process = check("POST", "/admin/v1/processes", {"name": "app", "priority": 7, "expires_at": "2100-01-01T00:00:00Z"})
    assert process["key"] and process["profile_id"]
    rotated = check("POST", f"/admin/v1/processes/{process['id']}/rotate", at="/admin/v1/processes/{id}/rotate")
    assert rotated["key"] != process["key"]
    made = check("POST", "/admin/v1/providers", {"name": "made", "base_url": upstream.url, "models": [
        "one", {"name": "two", "upstream": "tiny", "aliases": ["zwei"]}]})
    assert [model["name"] for model in made["models"]] == ["one", "two"]
    model = check("POST", "/admin/v1/models", {"name": "three", "provider": "made", "upstream": "tiny"})
    assert model["deployment_id"]
    check("POST", "/admin/v1/models", {"name": "four", "tags": "chat"})
    check("POST", "/admin/v1/deployments", {"model": "four", "provider": "made"})
    check("POST", "/admin/v1/permissions", {"profile_id": process["profile_id"], "model": "*"})
    check("POST", "/admin/v1/profiles", {"name": "second", "process_id": process["id"]})
    check("POST", "/admin/v1/users", {"username": "ada", "name": "Ada"})
    check("POST", "/admin/v1/services", {"name": "service"})
    check("POST", "/admin/v1/policies", {"name": "local", "threshold_privacy": "LOCAL"})
    gateway.chat("one")
    for path in sorted(path for path, operations in document["paths"].items() if "get" in operations):
        if "{id}" in path:
            for one in gateway.admin("GET", path.removeprefix("/admin/v1").split("/{id}")[0])["data"]:
                check("GET", path.replace("{id}", str(one["id"])), at=path)
        elif "{" not in path and path not in ("/metrics", "/docs", "/openapi.json"):
            check("GET", path)


def test_no_route_answers_that_is_not_described(town):
    described = json.loads(town.gateway.call("GET", "/openapi.json", key="")[2])["paths"]
    for noun in ("secrets", "debug", "shutdown", "config", "journal", "logs", "actors/1", "usage/1"):
        assert f"/admin/v1/{noun}" not in described
        assert town.gateway.call("GET", f"/admin/v1/{noun}")[0] == 404
    for path in ("/", "/v1", "/v1/", "/admin", "/admin/v1", "/debug", "/.env", "/logosdb/get_process_id"):
        assert town.gateway.call("GET", path)[0] in (404, 405, 501), path
    for path, operations in described.items():
        if not path.startswith("/admin/"):
            continue
        plain = re.sub(r"\{[^}]*\}", "999999", path)
        for method in {"get", "post", "put", "patch", "delete"} - set(operations):
            status, headers, _ = town.gateway.call(method.upper(), plain)
            assert status == 405, (method, path)
            assert "allow" in headers
