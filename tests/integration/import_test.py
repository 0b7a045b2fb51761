# SPDX-License-Identifier: MIT
"""What comes from another Logos goes on working: keys, providers, books; and upstream's administrative paths."""

import json
import socket
import stat
import time

from support.programs import eventually, run_logos

USERS = "users:\n  alice:\n    logos_api_key: lg-alice-abc\n    profile: alice_profile\n"
PROFILES = ("profiles:\n  alice_profile:\n    llm_keys:\n      openai:\n        api_key: sk-alice\n"
            "    logos_rights: user\n")


def write(folder, **files):
    for name, text in files.items():
        (folder / name.replace("_yml", ".yml").replace("_json", ".json")).write_text(text)


def test_users_and_profiles_of_the_first_logos_go_on_working(house, storage):
    upstream = house.simulate("gpt:speed=0,prefill=0,tokens=4", arguments=("--api-key", "sk-alice"))
    gateway = house.serve([], storage=storage)
    folder = gateway.folder
    write(folder, users_yml=USERS, profiles_yml=PROFILES)
    arguments = ("import", "users.yml", "profiles.yml", "--base-url", f"openai={upstream.url}/v1")
    code, out, err = run_logos(*arguments, "--dry-run", folder=folder)
    assert code == 0 and "1 users would be made" in out, out + err
    assert gateway.call("GET", "/v1/models", key="lg-alice-abc")[0] == 401
    code, out, err = run_logos(*arguments, folder=folder)
    assert code == 0, out + err
    gateway.admin("POST", "/models", {"name": "gpt", "provider": "openai"})
    eventually(lambda: gateway.chat("gpt", key="lg-alice-abc")[0] == 200, what="alice's key")
    code, out, _ = run_logos(*arguments, folder=folder)
    assert code == 0 and "1 users made" not in out, out
    events = gateway.admin("GET", "/events")["data"]
    assert {e["actor"] for e in events if e["resource"] == "user" and e["name"] == "alice"} == {"command line"}
    assert "sk-alice" not in json.dumps(events) and gateway.admin("GET", "/events/verify")["intact"]


def test_models_beside_a_key_of_the_first_logos_are_used_at_once(house):
    upstream = house.simulate("gpt:speed=0,prefill=0,tokens=4", arguments=("--api-key", "sk-alice"))
    gateway = house.serve([])
    entry = f"{{api_key: sk-alice, base_url: {upstream.url}/v1, models: [gpt]}}"
    files = {"users_yml": USERS, "profiles_yml": f"profiles:\n  alice_profile:\n    llm_keys:\n      openai: {entry}\n"}
    status, _, text = gateway.call("POST", "/admin/v1/import", files)
    assert status == 200 and json.loads(text)["warnings"] == [], text
    for headers in ({}, {"provider": "openai"}):
        status, got, text = gateway.chat("gpt", key="lg-alice-abc", headers=headers)
        assert status == 200 and got["x-logos-provider"] == "openai", text
    listed = json.loads(gateway.call("GET", "/v1/models", key="lg-alice-abc")[2])["data"]
    assert [m["id"] for m in listed] == ["gpt"]


def test_an_address_before_the_files_takes_none_of_them_and_the_counts_are_said_once(house):
    gateway = house.serve([])
    write(gateway.folder, users_yml=USERS, profiles_yml=PROFILES)
    arguments = ("import", "--dry-run", "--base-url", "openai=http://127.0.0.1:9/v1", "users.yml", "profiles.yml")
    code, out, err = run_logos(*arguments, folder=gateway.folder)
    assert code == 0, out + err
    assert out.count("1 users would be made") == 1 and out.count("1 providers would be made") == 1, out
    assert "were there already" not in err, err
    assert err.count("Warning: ") == 1 and "no model is deployed at the provider 'openai' yet" in err, err
    code, _, err = run_logos(*arguments, "--base-url", "azure=http://127.0.0.1:10", folder=gateway.folder)
    assert code != 0 and "no profile has a provider 'azure'; there is openai" in err, err


def test_two_profiles_share_a_models_name_and_each_goes_out_with_its_own_key(house):
    upstreams = {who: house.simulate("gpt:speed=0,prefill=0,tokens=4", arguments=("--api-key", f"sk-{who}"))
                 for who in ("alice", "bob")}
    gateway = house.serve([])
    users = USERS + "  bob:\n    logos_api_key: lg-bob-abc\n    profile: bob_profile\n"
    profiles = "profiles:\n" + "".join(
        f"  {who}_profile:\n    llm_keys:\n      openai:\n        api_key: sk-{who}\n        base_url: {up.url}/v1\n"
        for who, up in upstreams.items())
    write(gateway.folder, users_yml=users, profiles_yml=profiles)
    arguments = ("import", "users.yml", "profiles.yml")
    code, out, err = run_logos(*arguments, folder=gateway.folder)
    assert code == 0 and "2 providers made" in out, out + err
    assert err.count("Warning: ") == err.count("POST /admin/v1/models") == 2, err
    providers = {p["name"]: p["id"] for p in gateway.admin("GET", "/providers")["data"]}
    lists = {p["name"]: p["allowed_providers"] for p in gateway.admin("GET", "/profiles")["data"]}
    assert lists["alice_profile"] == [providers["openai"]]
    assert lists["bob_profile"] == [providers["openai-bob_profile"]]
    shared = gateway.admin("POST", "/models", {"name": "gpt"})
    for name in ("openai", "openai-bob_profile"):
        gateway.admin("POST", "/deployments", {"model_id": shared["id"], "provider_id": providers[name]})
    # An upstream answers 401 to any key but its profile's.
    for key, name in (("lg-alice-abc", "openai"), ("lg-bob-abc", "openai-bob_profile")) * 4:
        for headers in ({}, {"provider": "openai"}):
            status, got, text = gateway.chat("gpt", key=key, headers=headers)
            assert status == 200 and got["x-logos-provider"] == name, (status, got, text)
        status, got, text = gateway.call("POST", "/v1/chat/completions", {"messages": [{"role": "user", "content": "x"}]},
                                         key=key)
        assert status == 200 and got["x-logos-provider"] == name, (status, got, text)
    assert gateway.chat("gpt", key="lg-alice-abc", headers={"provider": "openai-bob_profile"})[0] == 404
    upstreams["bob"].kill()  # nobody takes its place: the other key is not Bob's
    assert gateway.chat("gpt", key="lg-bob-abc")[0] >= 500
    assert gateway.chat("gpt", key="lg-alice-abc")[0] == 200
    code, out, err = run_logos(*arguments, folder=gateway.folder)
    assert code == 0 and " made" in out and "Warning" not in err, out + err
    assert all(line.startswith("0 ") for line in out.splitlines() if " made, " in line), out
    status, _, text = gateway.call("POST", "/admin/v1/import?dry_run=true", {"users_yml": users, "profiles_yml": profiles})
    assert status == 200 and json.loads(text)["warnings"] == [], text


def test_a_profile_without_a_list_gets_no_model_that_anothers_key_serves(house):
    upstream = house.simulate("gpt:speed=0,prefill=0,tokens=4", arguments=("--api-key", "sk-bob"))
    gateway = house.serve([])
    users = USERS + "  bob:\n    logos_api_key: lg-bob-abc\n    profile: bob_profile\n"
    profiles = PROFILES + "  bob_profile:\n    llm_keys:\n      openai:\n        api_key: sk-bob\n"
    write(gateway.folder, users_yml=users, profiles_yml=profiles)
    arguments = ("import", "--base-url", f"openai={upstream.url}/v1", "users.yml", "profiles.yml")
    assert run_logos(*arguments, folder=gateway.folder)[0] == 0
    for permission in gateway.admin("GET", "/permissions")["data"]:
        gateway.admin("DELETE", f"/permissions/{permission['id']}")
    for profile in gateway.admin("GET", "/profiles")["data"]:  # as an earlier version has made them
        gateway.admin("PATCH", f"/profiles/{profile['id']}", {"allowed_providers": []})
    shared = gateway.admin("POST", "/models", {"name": "shared", "provider": "openai"})
    theirs = {p["name"]: p["id"] for p in gateway.admin("GET", "/providers")["data"]}["openai-bob_profile"]
    gateway.admin("POST", "/deployments", {"model_id": shared["id"], "provider_id": theirs, "upstream": "gpt"})
    code, out, err = run_logos(*arguments, folder=gateway.folder)
    assert code == 0 and "gets no permission for the model 'shared'" in err and "allowed_providers" in err, out + err
    for key in ("lg-alice-abc", "lg-bob-abc"):
        assert gateway.chat("shared", key=key)[0] == 404
    for profile in gateway.admin("GET", "/profiles")["data"]:
        if profile["name"] == "bob_profile":
            gateway.admin("PATCH", f"/profiles/{profile['id']}", {"allowed_providers": [theirs]})
    assert run_logos(*arguments, folder=gateway.folder)[0] == 0
    eventually(lambda: gateway.chat("shared", key="lg-bob-abc")[0] == 200, what="bob's model with bob's key")
    assert gateway.chat("shared", key="lg-alice-abc")[0] == 404


def test_a_faulty_file_is_named_with_its_line(house):
    gateway = house.serve([])
    write(gateway.folder, users_yml=USERS.replace("profile:", "profil:"), profiles_yml=PROFILES)
    code, _, err = run_logos("import", "users.yml", "profiles.yml", folder=gateway.folder)
    assert code == 2 and "users.yml:4:" in err and "did you mean 'profile'" in err
    code, _, err = run_logos("import", "nowhere.json", folder=gateway.folder)
    assert code == 2 and "nowhere.json" in err


def test_an_export_is_refused_what_the_api_refuses(house):
    first = house.serve([])
    first.new_key("app")
    secret = {"LOGOS_SECRET_KEY": (first.data_dir / "secret.key").read_text().strip()}
    whole = json.loads(run_logos("export", "--secrets", folder=first.folder)[1])
    folder = house.folder()
    (folder / "logos.yaml").write_text(json.dumps({"data_dir": str(folder / "data"), "listen": "127.0.0.1:0"}))
    app = next(row for row in whole["process"] if row["name"] == "app")
    for column, value, said in (("settings", {"rate_limit_rpm": -1}, "settings.rate_limit_rpm"),
                                ("weight", 0, "weight"), ("allowed_addresses", ["nonsense"], "allowed_addresses")):
        wrong = {**whole, "process": [{**row, column: value} if row is app else row for row in whole["process"]]}
        (folder / "x.json").write_text(json.dumps(wrong))
        code, out, err = run_logos("import", "x.json", folder=folder, environment=secret)
        assert code == 2 and f"table process, row 2, field {said}: " in err, (code, out, err)
        there = json.loads(run_logos("export", folder=folder, environment=secret)[1])
        assert not there["users"], "nothing was taken in"
        status, _, text = first.call("POST", "/admin/v1/import", wrong)
        assert status == 400 and f"field {said}: " in json.loads(text)["detail"], text
    (folder / "x.json").write_text(json.dumps(whole))
    code, out, err = run_logos("import", "x.json", folder=folder, environment=secret)
    assert code == 0, err


def strict_file(gateway, alerts_to):
    """An export of the gateway's own with one more budget."""
    whole = json.loads(gateway.call("GET", "/admin/v1/export?secrets=true")[2])
    budget = {"id": 1, "scope": "process", "scope_id": whole["process"][0]["id"], "period": "month", "amount_nano": 1,
              "currency": "EUR", "alert_url": alerts_to}
    return {**whole, "budgets": [budget]}


def test_an_imported_budget_alerts_nobody_whom_the_operator_has_not_allowed(house):
    first = house.serve([], alerts={"allow": ["127.0.0.1"]})
    strict = house.serve([])
    _, process_id = first.new_key("app")
    alerts_to = "http://127.0.0.1:9/hook"
    budget = {"scope": "process", "scope_id": process_id, "period": "month", "amount": "1", "currency": "EUR",
              "alert_url": alerts_to, "alert_secret": "of sixteen characters"}
    first.admin("POST", "/budgets", budget)
    whole = json.loads(first.call("GET", "/admin/v1/export?secrets=true")[2])
    words = json.loads(strict.call("POST", "/admin/v1/budgets", {**budget, "scope_id": 1})[2])["detail"]
    assert "127.0.0.1" in words
    secret = {"LOGOS_SECRET_KEY": (first.data_dir / "secret.key").read_text().strip()}
    folder = house.folder()
    write(folder, all_json=json.dumps(whole))
    for allowed in ([], ["127.0.0.0/8"]):
        settings = {"data_dir": str(folder / "data"), "listen": "127.0.0.1:0", "alerts": {"allow": allowed}}
        (folder / "logos.yaml").write_text(json.dumps(settings))
        code, _, err = run_logos("import", "all.json", folder=folder, environment=secret)
        if allowed:
            assert code == 0, err
        else:
            assert code == 2 and "table budgets, row 1, field alert_url: " in err and words in err, (words, err)
    there = json.loads(run_logos("export", "--secrets", folder=folder, environment=secret)[1])
    assert [row["alert_url"] for row in there["budgets"]] == [alerts_to]
    status, _, text = strict.call("POST", "/admin/v1/import", strict_file(strict, alerts_to))
    assert status == 400 and words in json.loads(text)["detail"], text


def test_an_export_restores_an_empty_installation(house):
    cloud = house.simulate("gpt:speed=0,prefill=0,tokens=4", arguments=("--api-key", "sk-up"))
    first = house.serve([])
    first.admin("POST", "/providers", {"name": "cloud", "type": "openai", "base_url": cloud.url, "api_key": "sk-up",
                                       "models": ["gpt"]})
    key, _ = first.new_key("app", "gpt")
    ann = first.admin("POST", "/users", {"username": "ann", "role": "admin"})
    narrow, _ = first.new_key("narrow", "gpt", user_id=ann["id"], allowed_endpoints=["/admin/v1/*", "/v1/models"])
    secret = (first.data_dir / "secret.key").read_text().strip()
    root = first.root_key
    code, out, err = run_logos("export", folder=first.folder)
    assert code == 0 and "sk-up" not in out and "logos_key" not in out
    code, _, err = run_logos("export", "--secrets", "-o", "all.json", folder=first.folder)
    assert code == 0 and "Warning" in err
    saved = first.folder / "all.json"
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    folder = house.folder()
    (folder / "logos.yaml").write_text(json.dumps({"data_dir": str(folder / "data"), "listen": "127.0.0.1:0"}))
    here = {"LOGOS_SECRET_KEY": secret}
    code, out, err = run_logos("import", str(saved), folder=folder)
    assert code == 2 and "LOGOS_SECRET_KEY" in err
    code, out, err = run_logos("import", str(saved), folder=folder, environment=here)
    assert code == 0, err
    second = house.serve([], folder=folder, environment=here)
    assert "There is no root key" not in second.text and "a root key that was imported" in second.text, second.text
    assert second.chat("gpt", key=key)[0] == 200
    assert second.chat("gpt", key=narrow)[0] == 403 and second.call("GET", "/v1/models", key=narrow)[0] == 200
    assert [u["role"] for u in second.admin("GET", "/users", key=narrow)["data"]] == ["root", "admin"]
    assert second.call("GET", "/admin/v1/users", key=root)[0] == 200
    code, text, _ = run_logos("export", "--secrets", folder=folder, environment=here)
    assert text == saved.read_text()


def test_upstreams_paths_take_the_key_from_the_body(house):
    cloud = house.simulate("gpt:speed=0,prefill=0,tokens=4", arguments=("--api-key", "sk-up"))
    gateway = house.serve([])

    def ask(path, expect=200, key=gateway.root_key, **fields):
        status, _, text = gateway.call("POST", f"/logosdb/{path}", {"logos_key": key, **fields}, key="")
        assert status == expect, text
        return json.loads(text)

    provider_id = ask("add_provider", provider_name="cloud", base_url=cloud.url, api_key="sk-up", auth_name="Authorization",
                      auth_format="Bearer {}", provider_type="openai")["provider-id"]
    model_id = ask("add_model", name="gpt")["model_id"]
    ask("connect_model_provider", model_id=model_id, provider_id=provider_id)
    made = ask("add_service", name="app")
    ask("add_model", expect=403, key=made["logos-key"], name="x")
    ask("add_model", expect=401, key="lg-nobody", name="x")
    assert gateway.call("POST", "/logosdb/add_model", {"name": "x"}, key="")[0] == 401
    ask("add_model", expect=401, key="lg-nobody", name="x", more="y" * 300_000)
    huge = {"more": "y" * 5_000_000, "logos_key": gateway.root_key, "name": "x"}
    status, _, text = gateway.call("POST", "/logosdb/add_model", huge, key="")
    assert status == 413 and b"4194304 bytes" in text and b"header 'logos_key'" in text, text
    status, _, text = gateway.call("POST", "/logosdb/add_model", huge | {"logos_key": "lg-nobody"}, key=gateway.root_key)
    assert status == 401, "the key in the body is the one that counts, however long that is"
    export = {"logos_key": gateway.root_key, "json_data": {"users": [], "models": [
        {"id": n, "name": f"imported-{n}", "description": "y" * 90} for n in range(1, 1001)]}}
    status, _, text = gateway.call("POST", "/logosdb/import", export | {"dry_run": True}, key="")
    assert status == 200 and json.loads(text)["result"]["imported"]["models"]["made"] == 1000, text
    profile_id = ask("add_profile", profile_name="p", process_id=made["process-id"])["profile-id"]
    ask("connect_process_provider", profile_id=profile_id, provider_id=provider_id)
    status, _, text = gateway.chat("gpt", key=made["logos-key"])
    assert status == 200, ("a request that names no profile goes by the first that was added", text)
    status, _, text = gateway.chat("gpt", key=made["logos-key"], headers={"use_profile": str(profile_id)})
    assert status == 200, text
    eventually(lambda: len(ask("latest_requests")["requests"]) == 2, what="the rows")
    stats = ask("request_event_stats")["stats"]
    assert stats["totals"]["requests"] == 2 and stats["modelBreakdown"][0]["modelName"] == "gpt"
    status, _, text = gateway.call("GET", "/logosdb/scheduler_state")
    assert status == 200 and json.loads(text)["ollama"]["providers"][str(provider_id)]["name"] == "cloud"
    assert gateway.call("GET", "/forward_host", key="")[0] == 200
    ask("delete_model", id=model_id)
    assert gateway.chat("gpt", key=made["logos-key"], headers={"use_profile": str(profile_id)})[0] == 404


def test_a_script_of_upstreams_makes_a_key_that_works(house):
    cloud = house.simulate("gpt:speed=0,prefill=0,tokens=4")
    gateway = house.serve([])

    def ask(path, key=gateway.root_key, **fields):
        status, _, text = gateway.call("POST", f"/logosdb/{path}", {"logos_key": key, **fields}, key="")
        assert status == 200, text
        return json.loads(text)

    provider_id = ask("add_provider", provider_name="cloud", base_url=cloud.url, api_key="sk-up", auth_name="Authorization",
                      auth_format="Bearer {}", provider_type="openai")["provider-id"]
    model_id = ask("add_model", name="gpt")["model_id"]
    ask("connect_model_provider", model_id=model_id, provider_id=provider_id)
    service = ask("add_service", name="app")
    other = ask("connect_service_process", service_id=service["service-id"], process_name="second")
    for process_id, key in ((service["process-id"], service["logos-key"]), (other["process-id"], other["api-key"])):
        profile_id = ask("add_profile", profile_name="iris", process_id=process_id)["profile-id"]
        ask("connect_profile_model", profile_id=profile_id, model_id=model_id)
        status, _, text = gateway.call("GET", "/v1/models", key=key)
        assert status == 200 and [m["id"] for m in json.loads(text)["data"]] == ["gpt"], text
        assert gateway.chat("gpt", key=key)[0] == 200
        profiles = gateway.admin("GET", f"/profiles?process_id={process_id}")["data"]
        assert [(p["id"], p["name"]) for p in profiles] == [(profile_id, "iris")]


def test_strangers_who_announce_large_bodies_keep_no_body_with_its_key_out(house):
    gateway = house.serve([])
    body = {"logos_key": gateway.root_key, "more": "x" * 3_000_000}
    links = []
    try:
        for _ in range(12):
            links.append(socket.create_connection(("127.0.0.1", gateway.port), timeout=30))
            links[-1].sendall(b"POST /logosdb/export HTTP/1.1\r\nhost: x\r\ncontent-length: 4194304\r\n\r\n{")
        for _ in range(3):
            for link in links:
                link.sendall(b"x")
            status, _, text = gateway.call("POST", "/logosdb/export", body, key="")
            assert status == 200, text
        begun = time.monotonic()
        answer = links[0].recv(65536)
        assert answer.startswith(b"HTTP/1.1 408 ") and b"header 'logos_key'" in answer, answer
        assert time.monotonic() - begun < 25, "strangers do not stay for long"
    finally:
        for link in links:
            link.close()


def test_the_key_in_a_body_counts_beside_a_useless_one_in_the_head(house):
    gateway = house.serve([])
    for size in (10, 100_000, 4_000_000):
        body = {"more": "x" * size, "logos_key": gateway.root_key}
        for key, headers in (("lg-nobody", {}), ("", {"logos_key": "lg-nobody"}), ("", {"x-api-key": "nonsense"})):
            status, _, text = gateway.call("POST", "/logosdb/export", body, key=key, headers=headers)
            assert status == 200, (size, key, headers, text[:300])
        status, _, text = gateway.call("POST", "/logosdb/export", {"more": "x" * size}, key="lg-nobody")
        assert status == 401 and b"not valid" in text, (size, text)
    status, _, text = gateway.call("POST", "/logosdb/export", body | {"more": "x" * 5_000_000}, key="lg-nobody")
    assert status == 401 and b"not valid" in text, text


def test_a_root_key_that_ends_and_a_dry_run_in_the_body_import_nothing(house):
    gateway = house.serve([])
    root = next(u for u in gateway.admin("GET", "/users")["data"] if u["username"] == "root")
    ends = gateway.admin("POST", "/processes", {"name": "short", "user_id": root["id"],
                                                "expires_at": "2099-01-01T00:00:00Z"})["key"]
    stays = "lg-for-ever-0123456789abcdef"
    taken = {"users": [{"id": 1, "username": "root", "name": "root"}],
             "process": [{"id": 70, "logos_key": stays, "name": "for-ever", "user_id": 1}]}
    for path, body in (("/logosdb/import", {"json_data": taken}), ("/admin/v1/import", taken),
                       ("/logosdb/add_service", {"name": "app"})):
        status, _, text = gateway.call("POST", path, body, key=ends)
        assert status == 403, (path, text)
    for body in ({**taken, "dry_run": True}, {"json_data": taken, "dry_run": True}):
        status, _, text = gateway.call("POST", "/admin/v1/import", body)
        assert status == 400 and "?dry_run=true" in json.loads(text)["detail"], text
    assert gateway.call("GET", "/v1/models", key=stays)[0] == 401
    assert [p["name"] for p in gateway.admin("GET", "/processes")["data"]] == ["root", "short"]
    assert gateway.call("POST", "/admin/v1/import", taken)[0] == 200
    assert gateway.call("GET", "/v1/models", key=stays)[0] == 200
