# SPDX-License-Identifier: MIT
"""Policies over HTTP: named in a header, inside a model's name, by default and always; and what a model can do."""

import json

import pytest

from support.programs import provider, run_logos

IMAGE = [{"type": "image_url", "image_url": {"url": "https://pictures.test/cat.png"}}]


@pytest.fixture
def place(house, storage):
    """A local model and a cloud one that weighs more, each behind a provider of its own."""
    local = house.simulate("small:speed=0,prefill=0,tokens=4")
    cloud = house.simulate("large:speed=0,prefill=0,tokens=4")
    gateway = house.serve([
        provider("basement", local, {"name": "small", "quality": 1, "cost": 5, "capabilities": ["tools"]},
                 privacy="LOCAL"),
        provider("overseas", cloud, {"name": "large", "quality": 19, "cost": -5, "context_tokens": 9000,
                                     "capabilities": ["tools", "vision"]},
                 privacy="CLOUD_NOT_IN_EU_BY_US_PROVIDER"),
    ], storage=storage, policies=[{"name": "stay", "threshold_privacy": "LOCAL", "threshold_cost": -1024},
                                  {"name": "go", "threshold_privacy": "CLOUD_NOT_IN_EU_BY_US_PROVIDER",
                                   "threshold_cost": -1024, "applies": "named"}])
    gateway.local, gateway.cloud = local, cloud
    return gateway


def asked(gateway, model=None, text="Hello!", key=None, headers=None, **fields):
    """Status, and the provider that served or the error."""
    body = {"messages": [{"role": "user", "content": text}], **fields}
    if model is not None:
        body["model"] = model
    status, head, content = gateway.call("POST", "/v1/chat/completions", body, key=key, headers=headers)
    return (status, head["x-logos-provider"]) if status == 200 else (status, json.loads(content)["error"])


def message(answer):
    status, error = answer
    assert status >= 400, answer
    return error["message"]


def test_a_policy_inside_the_models_name_chooses_the_model(place):
    assert asked(place) == (200, "overseas")
    for name in ("logos-v1", "logos-v1.0__policy_default=true", "logos-v1__policy_accuracy=3",
                 "logos-v1__policy_privacy=CLOUD_NOT_IN_EU_BY_US_PROVIDER_cost=-1024"):
        assert asked(place, name) == (200, "overseas"), name
    sent = len(place.cloud.requests())
    for name in ("logos-v1__policy_privacy=LOCAL", "logos-v1__policy_default=false_privacy=LOCAL_cost=5",
                 "logos-v1__policy_default=false__privacy=LOCAL", "logos-v1__policy_cost=0",
                 "logos-v1__policy_cost=1024", "logos-v1__policy=stay",
                 "logos-v1__policy_privacy=CLOUD_IN_EU_BY_EU_PROVIDER_latency=2"):
        assert asked(place, name) == (200, "basement"), name
    assert len(place.cloud.requests()) == sent, "what is forbidden gets no byte"
    assert json.loads(place.local.last_body())["model"] == "small", "the name that the provider knows"


def test_what_is_wrong_in_such_a_name_is_pointed_at(place):
    for name, where in (("logos-v1__policy_cost=cheap", "at character 23, 'cost' is a whole number"),
                        ("logos-v1__policy_privacy=CLOUD", "at character 26, 'CLOUD' is no privacy level"),
                        ("logos-v1__policy_default=false", "at character 26, 'default=false' needs"),
                        ("logos-v1__foo", "at character 11, 'foo' is no key=value"),
                        ("logos-v1_policy_privacy=LOCAL", "at character 9, a version has letters, digits and '.' only"),
                        ("logos-v1__policy_topic=law,privacy=LOCAL", "at character 35, a value has no '='"),
                        ("logos-v1__privcy=LOCAL", "at character 11, there is no key 'privcy'; did you mean 'privacy'?")):
        answer = asked(place, name)
        assert answer[0] == 400 and answer[1]["param"] == "model" and where in message(answer), answer
    assert asked(place, "logos-vision")[0] == 404, "a model that is not there"
    assert asked(place, "logos-v1__policy=nobody")[0] == 404


def test_what_holds_by_default_or_always_binds_whoever_says_nothing_or_less(place):
    key, process = place.new_key("bound")
    assert asked(place, key=key) == (200, "overseas")
    policy = place.admin("POST", "/policies", {"name": "home", "process_id": process, "threshold_privacy": "LOCAL",
                                               "threshold_cost": -1024, "applies": "default"})
    assert asked(place, key=key) == (200, "basement")
    assert asked(place, "logos-v1__policy_default=false_privacy=CLOUD_NOT_IN_EU_BY_US_PROVIDER", key=key) == (200, "basement")
    assert asked(place, "large", key=key)[0] == 403
    assert asked(place, key=key, headers={"policy": "go"}) == (200, "overseas"), "an operator made it for all to name"
    place.admin("PATCH", f"/policies/{policy['id']}", {"applies": "always"})
    assert asked(place, key=key, headers={"policy": "go"}) == (200, "basement")
    assert asked(place) == (200, "overseas"), "others are not bound"
    profile = place.admin("POST", "/profiles", {"name": "out", "process_id": process})
    place.admin("POST", "/permissions", {"profile_id": profile["id"], "model": "*"})
    place.admin("PATCH", f"/policies/{policy['id']}", {"profile_id": profile["id"]})
    assert asked(place, key=key) == (200, "overseas"), "it is the other profile's now"
    assert asked(place, key=key, headers={"use_profile": str(profile["id"])}) == (200, "basement")
    place.admin("DELETE", f"/policies/{policy['id']}")
    assert asked(place, key=key, headers={"use_profile": str(profile["id"])}) == (200, "overseas")


def test_policies_are_named_by_id_or_name_and_edited_by_either_api(place):
    key, process = place.new_key("edits")
    thresholds = {"threshold_latency": 0, "threshold_accuracy": 0, "threshold_cost": 1, "threshold_quality": 0,
                  "priority": 3, "topic": "law"}
    body = {"logos_key": place.root_key, "entity_id": process, "name": "thrifty", "description": "",
            "threshold_privacy": "CLOUD_NOT_IN_EU_BY_US_PROVIDER", **thresholds}
    status, _, text = place.call("POST", "/logosdb/add_policy", body)
    assert status == 200, text
    made = json.loads(text)["policy-id"]
    for name in ("thrifty", str(made)):
        assert asked(place, key=key, headers={"policy": name}) == (200, "basement")
        assert asked(place, headers={"policy": name})[0] == 404, "root's process does not have it"
    place.admin("PATCH", f"/policies/{made}", {"threshold_cost": -1024})
    assert asked(place, key=key, headers={"policy": "thrifty"}) == (200, "overseas")
    for wrong in ({"threshold_cost": 1025}, {"threshold_privacy": "NOWHERE"}, {"applies": "sometimes"},
                  {"profile_id": 9999}):
        status, _, text = place.call("PATCH", f"/admin/v1/policies/{made}", wrong)
        assert 400 <= status < 500, (wrong, text)
    status, _, text = place.call("POST", "/logosdb/update_policy", {**body, "id": made, "threshold_cost": 4000})
    assert status == 400 and b"-1024" in text


def test_a_model_that_is_less_private_than_its_provider_counts_as_it_is(place):
    made = place.admin("POST", "/models", {"name": "leaky", "provider": "basement", "upstream": "small"})
    for policy in ("go", "stay"):
        assert asked(place, "leaky", headers={"policy": policy}) == (200, "basement")
    address = f"/models/{made['id']}"
    place.admin("PATCH", address, {"privacy": "CLOUD_NOT_IN_EU_BY_US_PROVIDER"})
    assert asked(place, "leaky", headers={"policy": "go"}) == (200, "basement")
    assert asked(place, "leaky", headers={"policy": "stay"})[0] == 403
    place.admin("PATCH", address, {"privacy": "LOCAL"})
    assert asked(place, "leaky", headers={"policy": "stay"}) == (200, "basement")


def test_a_model_gets_only_what_it_can_do(place):
    assert asked(place, text=IMAGE) == (200, "overseas")
    assert asked(place, "logos-v1__policy_privacy=LOCAL", text=IMAGE)[0] == 404
    answer = asked(place, "small", text=IMAGE)
    assert answer[0] == 400 and "vision" in message(answer)
    assert asked(place, tools=[{"type": "function", "function": {"name": "f"}}]) == (200, "overseas")
    assert asked(place, text="word " * 12_000) == (200, "basement"), "the other's context is too short for it"
    assert asked(place, "large", text="word " * 12_000) == (200, "overseas"), "of a named model its provider judges"
    shown = [m for m in place.admin("GET", "/models")["data"] if m["name"] == "large"][0]
    assert (shown["capabilities"], shown["context_tokens"]) == (["chat", "tools", "vision"], 9000)


def test_policies_and_abilities_travel_with_an_export(house):
    upstream = house.simulate("tiny:speed=0,prefill=0,tokens=4")
    first = house.serve([])
    first.admin("POST", "/providers", {"name": "overseas", "type": "openai", "base_url": upstream.url,
                                       "privacy": "CLOUD_NOT_IN_EU_BY_US_PROVIDER", "models": ["tiny"]})
    first.admin("POST", "/models", {"name": "spare", "capabilities": ["embeddings"], "context_tokens": 77})
    key, process = first.new_key("moves")
    profile = first.admin("POST", "/profiles", {"name": "second", "process_id": process})
    first.admin("POST", "/permissions", {"profile_id": profile["id"], "model": "*"})
    first.admin("POST", "/policies", {"name": "held", "profile_id": profile["id"], "applies": "always", "topic": "law",
                                      "threshold_privacy": "LOCAL", "threshold_cost": -1024, "priority": 3,
                                      "cascade": {"checks": ["schema"], "min_confidence": 0.75, "most_steps": 4}})
    code, out, err = run_logos("export", "--secrets", "-o", "all.json", folder=first.folder)
    assert code == 0, out + err
    folder = house.folder()
    (folder / "logos.yaml").write_text(json.dumps({"data_dir": str(folder / "data"), "listen": "127.0.0.1:0"}))
    here = {"LOGOS_SECRET_KEY": (first.data_dir / "secret.key").read_text().strip()}
    code, out, err = run_logos("import", str(first.folder / "all.json"), folder=folder, environment=here)
    assert code == 0, out + err
    second, root = house.serve([], folder=folder, environment=here), first.root_key
    held = second.admin("GET", "/policies", key=root)["data"][0]
    assert [held[f] for f in ("name", "applies", "topic", "priority")] == ["held", "always", "law", 3]
    assert held["cascade"] == {"checks": ["schema"], "min_confidence": 0.75, "most_steps": 4}
    spare = [m for m in second.admin("GET", "/models", key=root)["data"] if m["name"] == "spare"][0]
    assert (spare["capabilities"], spare["context_tokens"]) == (["embeddings"], 77)
    assert asked(second, "tiny", key=key) == (200, "overseas")
    there = [p["id"] for p in second.admin("GET", "/profiles", key=root)["data"] if p["name"] == "second"][0]
    assert asked(second, "tiny", key=key, headers={"use_profile": str(there)})[0] == 403
