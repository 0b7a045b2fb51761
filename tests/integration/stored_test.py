# SPDX-License-Identifier: MIT
"""What a provider keeps under its operator's account is whose key has made it, its user's and its service's."""

import json

import openai
import pytest

from support.books import Books
from support.keys import person
from support.nodes import serve_nodes
from support.programs import eventually, provider

MODEL = "chat:speed=0,prefill=0,tokens=8"


def client_of(gateway, key):
    return openai.OpenAI(base_url=gateway.url + "/v1", api_key=key, max_retries=0, timeout=60)


def make(gateway, key, **more):
    with client_of(gateway, key) as client:
        return client.responses.create(model="chat", input="The salary of Ann is 5.", **more).id


def sent(cloud):
    stats = cloud.stats()
    return stats["requests"], {path: count for path, count in stats["polls"].items() if "responses" in path}


def every_use(client, response):
    return {"read": lambda: client.responses.retrieve(response),
            "read its input": lambda: client.responses.input_items.list(response),
            "cancel": lambda: client.responses.cancel(response),
            "continue": lambda: client.responses.create(model="chat", input="Say it.", previous_response_id=response),
            "delete": lambda: client.responses.delete(response)}


@pytest.fixture
def shop(house, storage):
    cloud = house.simulate(MODEL)
    return house.serve([provider("cloud", cloud, "chat")], storage=storage), cloud


def test_another_key_cannot_read_continue_cancel_or_delete_a_response(shop):
    gateway, cloud = shop
    anns, bobs = person(gateway, "ann")[0], person(gateway, "bob")[0]
    response = make(gateway, anns)
    before = sent(cloud)
    with client_of(gateway, bobs) as client:
        for what, use in every_use(client, response).items():
            with pytest.raises(openai.NotFoundError) as refused:
                use()
            assert refused.value.code == "not_found", what
            assert f"There is no response '{response}' that this key may use." in refused.value.message, what
        with pytest.raises(openai.NotFoundError) as unknown:
            client.responses.retrieve("resp_of_nobody")
        with pytest.raises(openai.NotFoundError) as theirs:
            client.responses.retrieve(response)
        assert theirs.value.message.replace(response, "X") == unknown.value.message.replace("resp_of_nobody", "X")
    assert sent(cloud) == before, "nothing was sent"
    with client_of(gateway, anns) as client:
        assert client.responses.retrieve(response).id == response
        assert client.responses.cancel(response).id == response
        assert client.responses.create(model="chat", input="Say it.", previous_response_id=response).id != response
        client.responses.delete(response)


def test_cancelling_is_not_billed(shop):
    gateway, _ = shop
    key, process_id = person(gateway, "ann")
    response = make(gateway, key)
    for _ in range(2):
        assert gateway.call("POST", f"/v1/responses/{response}/cancel", {}, key)[0] == 200
    rows = Books(gateway)
    eventually(lambda: rows.count() == 3, 5, "three rows")
    assert sorted(row["usage_source"] for row in rows.by_id().values()) == ["none", "none", "provider"]


def test_no_deployment_with_a_path_of_its_own_is_asked_to_cancel(house):
    cloud = house.simulate(MODEL)
    gateway = house.serve([provider("cloud", cloud, "chat", {"name": "fixed", "upstream": "chat", "endpoint": "v1/responses"})])
    anns = person(gateway, "ann")[0]
    response = make(gateway, anns)
    before = sent(cloud)
    for key in (anns, gateway.root_key):  # whose generation nothing would be held for, and nothing billed
        status, _, text = gateway.call("POST", f"/v1/responses/{response}/cancel", {"model": "fixed", "input": "Write!"}, key)
        assert (status, b"'endpoint' of its own" in text) == (404, True), text
    for path in ("/v1/embeddings", "/v1/responses/input_tokens", "/v1/chat/completions"):  # each has a hold of its own
        assert gateway.call("POST", path, {"model": "fixed", "input": "Write!"}, anns)[0] == 404
    assert sent(cloud) == before
    assert gateway.call("POST", "/v1/responses", {"model": "fixed", "input": "Write!"}, anns)[0] == 200


def test_however_the_path_is_spelled(shop):
    gateway, cloud = shop
    response = make(gateway, person(gateway, "ann")[0])
    before = sent(cloud)
    bobs = person(gateway, "bob")[0]
    for path in ("/v1/responses/", "/v1//responses/", "/v1/Responses/", "/v1/%72esponses/", "/v1/responses//",
                 "/v1/responses;x/", "/openai/v1/responses/", "/openai/responses/",
                 "/openai/deployments/chat/responses/"):
        status, _, text = gateway.call("GET", path + response, key=bobs)
        assert status == 403 or (status == 404 and b"that this key may use" in text), (path, status, text)
    assert sent(cloud) == before, "nothing was sent"


def test_keys_of_the_same_user_and_service_and_administrators_may(shop):
    gateway, _ = shop
    anns, _ = person(gateway, "ann")
    user = next(u for u in gateway.admin("GET", "/users")["data"] if u["username"] == "ann")
    service = gateway.admin("POST", "/services", {"name": "service"})
    of_user = make(gateway, anns)
    of_service = make(gateway, gateway.new_key("one", service_id=service["id"])[0])
    for key, response in ((gateway.new_key("second", user_id=user["id"])[0], of_user),
                          (gateway.new_key("other", service_id=service["id"])[0], of_service),
                          (person(gateway, "adam", "admin")[0], of_user), (gateway.root_key, of_service)):
        with client_of(gateway, key) as client:
            assert client.responses.retrieve(response).id == response


def test_who_names_no_model_goes_on_at_the_provider_that_keeps_it(house):
    clouds = {name: house.simulate(f"{name}:speed=0,prefill=0,tokens=8", arguments=("--seed", seed))  # and ids of its own
              for name, seed in (("chat-a", "1"), ("chat-b", "2"))}
    gateway = house.serve([provider(f"at-{name}", cloud, name) for name, cloud in clouds.items()])
    for key in (person(gateway, "ann")[0], gateway.root_key):
        for name, cloud in clouds.items():
            with client_of(gateway, key) as client:
                response = client.responses.create(model=name, input="One.").id
            before = len(cloud.requests())
            status, _, text = gateway.call("POST", "/v1/responses", {"input": "Two.", "previous_response_id": response}, key)
            assert status == 200, text
            assert gateway.call("GET", f"/v1/responses/{response}", key=key)[0] == 200
            assert len(cloud.requests()) == before + 1


def test_a_stream_tells_its_id_before_it_ends(shop):
    gateway, _ = shop
    anns, bobs = person(gateway, "ann")[0], person(gateway, "bob")[0]
    with client_of(gateway, anns) as client, client_of(gateway, bobs) as other:
        stream = client.responses.create(model="chat", input="Hello!", stream=True)
        response = next(iter(stream)).response.id
        assert client.responses.retrieve(response).id == response
        for _ in stream:
            pass
        with pytest.raises(openai.NotFoundError):
            other.responses.retrieve(response)


@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_owners_outlive_the_gateway(house, storage, end):
    cloud = house.simulate(MODEL)
    providers = [provider("cloud", cloud, "chat")]
    gateway = house.serve(providers, storage=storage)
    anns, bobs = person(gateway, "ann")[0], person(gateway, "bob")[0]
    response = make(gateway, anns)
    getattr(gateway, end)()
    gateway = house.serve(providers, folder=gateway.folder, storage=storage)
    eventually(lambda: gateway.call("GET", f"/v1/responses/{response}", key=anns)[0] == 200, 20, "what is in the journal")
    with client_of(gateway, bobs) as client, pytest.raises(openai.NotFoundError):
        client.responses.retrieve(response)


def test_a_job_that_names_anothers_response_is_refused(house, storage):
    cloud = house.simulate(MODEL)
    gateway = house.serve([provider("cloud", cloud, "chat")], storage=storage)
    response = make(gateway, person(gateway, "ann")[0])
    bobs = person(gateway, "bob")[0]
    body = {"model": "chat", "input": "Say it.", "previous_response_id": response}
    status, _, text = gateway.call("POST", "/jobs/v1/responses", body, bobs)
    assert status == 202, text
    path = f"/jobs/{json.loads(text)['job_id']}"
    asked = len(cloud.requests())
    eventually(lambda: b"that this key may use" in gateway.call("GET", path, key=bobs)[2], 20, "the job to be refused")
    assert len(cloud.requests()) == asked


def test_another_node_knows_of_a_stream_that_goes_on(house, postgres):
    cloud = house.simulate("chat:speed=4,prefill=0,tokens=320")
    nodes = serve_nodes(house, postgres.new_database(), [provider("cloud", cloud, "chat")], 2)
    anns = person(nodes[0], "ann")[0]
    with client_of(nodes[0], anns) as client:
        stream = client.responses.create(model="chat", input="Hello!", stream=True)
        response = next(iter(stream)).response.id
        eventually(lambda: nodes[1].call("POST", f"/v1/responses/{response}/cancel", {}, anns)[0] == 200, 15,
                   "the other node to know of it")
        assert cloud.stats()["models"]["chat"]["running"] == 1, "it goes on"
        stream.close()


def test_the_other_node_knows_a_moment_later(house, postgres):
    cloud = house.simulate(MODEL)
    nodes = serve_nodes(house, postgres.new_database(), [provider("cloud", cloud, "chat")], 2)
    anns, bobs = person(nodes[0], "ann")[0], person(nodes[0], "bob")[0]
    response = make(nodes[0], anns)
    eventually(lambda: nodes[1].call("GET", f"/v1/responses/{response}", key=anns)[0] == 200, 20, "the row to be there")
    with client_of(nodes[1], bobs) as client, pytest.raises(openai.NotFoundError):
        client.responses.retrieve(response)
