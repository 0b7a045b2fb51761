# SPDX-License-Identifier: MIT
"""Requests that are left for later: run once, whatever happens to the gateway."""

import collections
import datetime
import json

import pytest

from support.books import Books
from support.programs import eventually, provider

QUICK = "chat:speed=0,prefill=0,tokens=6"
SLOW = "slow:speed=20,prefill=0,tokens=60"
ENDED = ("success", "failed", "cancelled")


def serve(house, storage, cloud, folder=None, **more):
    return house.serve([provider("cloud", cloud, "chat", "slow", parallel=64)], folder=folder, storage=storage, **more)


def body(model="chat", text="Hello!", **fields):
    return {"model": model, "messages": [{"role": "user", "content": text}], **fields}


def submit(gateway, wanted=None, key=None, headers=None, path="/jobs/v1/chat/completions"):
    status, answered, text = gateway.call("POST", path, wanted or body(), key, headers)
    assert status == 202, (status, text)
    receipt = json.loads(text)
    assert answered["location"] == f"/jobs/{receipt['job_id']}"
    assert receipt["status_url"] == f"{gateway.url}/jobs/{receipt['job_id']}"
    return receipt["job_id"]


def look(gateway, job_id, key=None):
    status, _, text = gateway.call("GET", f"/jobs/{job_id}", key=key)
    assert status == 200, (status, text)
    return json.loads(text)


def wait(gateway, job_id, key=None, until=ENDED, seconds=30):
    return eventually(lambda: (lambda j: j["status"] in until and j)(look(gateway, job_id, key)), seconds,
                      f"job {job_id} to be {until}")


@pytest.fixture
def place(house, storage):
    cloud = house.simulate(QUICK, SLOW)
    return serve(house, storage, cloud), cloud


def test_a_job_is_run_and_keeps_its_answer(place):
    gateway, cloud = place
    key, _ = gateway.new_key("app")
    job = wait(gateway, submit(gateway, body(stream=True, stream_options={"include_usage": True}), key), key)
    assert job["status"] == "success" and job["error"] is None
    assert job["result"]["status_code"] == 200
    answer = job["result"]["data"]
    assert answer["object"] == "chat.completion" and answer["usage"]["completion_tokens"] == 6
    assert json.loads(cloud.last_body())["stream"] is False
    row = Books(gateway).row(job["request_id"], 5)
    assert (row["mode"], row["http_status"], row["result_status"]) == ("batch", 200, "success")
    assert row["priority"] == "low"
    stored = Books(gateway).query("select request_payload, result_payload from jobs")[0]
    assert stored["request_payload"] is None and stored["result_payload"].startswith("v1:")


def test_the_true_final_status_is_kept(place):
    gateway, cloud = place
    cloud.add_fault("status", code=418, model="chat", count=1)
    job = wait(gateway, submit(gateway))
    assert (job["status"], job["status_code"], job["result"]) == ("failed", 418, None)
    assert job["response"]["status_code"] == 418 and job["error"]
    job = wait(gateway, submit(gateway, body("none")))
    assert (job["status"], job["status_code"]) == ("failed", 404)
    assert job["response"]["data"]["error"]["code"] == "model_not_found"


def test_jobs_are_their_keys_own(place):
    gateway, _ = place
    mine, _ = gateway.new_key("mine")
    other, _ = gateway.new_key("other")
    ids = [submit(gateway, key=mine) for _ in range(3)]
    for job_id in ids:
        wait(gateway, job_id, mine)
    assert gateway.call("GET", f"/jobs/{ids[0]}", key=other)[0] == 404
    assert gateway.call("DELETE", f"/jobs/{ids[0]}", key=other)[0] == 404
    assert json.loads(gateway.call("GET", "/jobs", key=other)[2]) == {"data": [], "next": None}
    page = json.loads(gateway.call("GET", "/jobs?limit=2&status=success", key=mine)[2])
    assert [j["job_id"] for j in page["data"]] == ids[:0:-1] and page["next"]
    rest = json.loads(gateway.call("GET", f"/jobs?cursor={page['next']}", key=mine)[2])
    assert [j["job_id"] for j in rest["data"]] == ids[:1] and rest["next"] is None
    assert gateway.call("GET", "/jobs?status=odd", key=mine)[0] == 400
    assert len(gateway.admin("GET", "/jobs")["data"]) == 3


def test_bad_requests_are_refused_at_once(place):
    gateway, _ = place
    assert gateway.call("POST", "/jobs/v1/chat/completions", b"{")[0] == 400
    assert gateway.call("POST", "/jobs/v1/chat/completions", body(), headers={"use_profile": "99"})[0] == 403
    assert gateway.call("POST", "/jobs/v1/chat/completions", body(), key="lg-none")[0] == 401
    assert gateway.call("POST", "/jobs/v1/models", body())[0] in (404, 405)


def test_a_running_job_is_cancelled_and_its_provider_let_go(place):
    gateway, cloud = place
    job_id = submit(gateway, body("slow"))
    eventually(lambda: cloud.requests("slow"), 20, "the call")
    status, _, _ = gateway.call("DELETE", f"/jobs/{job_id}")
    assert status == 200
    job = wait(gateway, job_id)
    assert job["status"] == "cancelled" and job["result"] is None
    row = Books(gateway).row(job["request_id"], 5)
    assert row["result_status"] == "client_gone"
    assert gateway.call("DELETE", f"/jobs/{job_id}")[0] == 409


def test_a_waiting_job_is_cancelled_at_once(house, storage):
    cloud = house.simulate(QUICK)
    gateway = serve(house, storage, cloud, jobs={"parallel": 0})
    job_id = submit(gateway)
    status, _, text = gateway.call("DELETE", f"/jobs/{job_id}")
    assert (status, json.loads(text)["status"]) == (200, "cancelled")
    assert not cloud.requests("chat")


def test_a_revoked_keys_jobs_fail(house, storage):
    cloud = house.simulate(QUICK)
    gateway = serve(house, storage, cloud, jobs={"parallel": 0})
    key, process_id = gateway.new_key("app")
    submit(gateway, key=key)
    gateway.admin("DELETE", f"/processes/{process_id}")
    gateway.terminate()
    gateway = serve(house, storage, cloud, gateway.folder)
    job = eventually(lambda: [j for j in gateway.admin("GET", "/jobs")["data"] if j["status"] == "failed"], 20, "the end")
    assert job[0]["status_code"] == 401 and "key" in job[0]["error"]
    assert not cloud.requests("chat")


def test_a_job_does_what_its_key_may_when_it_is_run(house, storage):
    cloud = house.simulate(QUICK, SLOW)
    gateway = serve(house, storage, cloud, jobs={"parallel": 0})
    soon = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=3)).isoformat()
    keys = {"expired": gateway.new_key("expired", expires_at=soon.replace("+00:00", "Z")),
            **{name: gateway.new_key(name) for name in ("model", "endpoint", "address", "rotated")}}
    for key, _ in keys.values():
        submit(gateway, key=key)
    process = {name: f"/processes/{process_id}" for name, (_, process_id) in keys.items()}
    gateway.admin("PATCH", process["model"], {"allowed_models": ["slow"]})
    gateway.admin("PATCH", process["endpoint"], {"allowed_endpoints": ["/v1/embeddings", "/jobs*"]})
    gateway.admin("PATCH", process["address"], {"allowed_addresses": ["192.0.2.0/24"]})
    gateway.admin("POST", process["rotated"] + "/rotate", expect=200)
    for name in ("model", "endpoint", "address"):  # nor is one more taken in
        status, _, text = gateway.call("POST", "/jobs/v1/chat/completions", body(), keys[name][0])
        assert status == 403 and b"out_of_scope" in text, (name, text)
    eventually(lambda: gateway.call("GET", "/jobs", key=keys["expired"][0])[0] == 401, 10, "the key to expire")
    gateway.terminate()
    gateway = serve(house, storage, cloud, gateway.folder)
    names = {process_id: name for name, (_, process_id) in keys.items()}

    def ended():
        return [j for j in gateway.admin("GET", "/jobs")["data"] if j["status"] in ENDED]

    jobs = eventually(lambda: (lambda those: those if len(those) == len(keys) else None)(ended()), 20, "all to end")
    assert {names[j["process_id"]]: j["status_code"] for j in jobs} == {
        "expired": 401, "model": 403, "endpoint": 403, "address": 403, "rotated": 200}
    assert len(cloud.requests("chat")) == 1


def test_what_a_limit_refuses_now_is_run_later_and_a_spent_budget_is_final(place):
    gateway, cloud = place
    key, process_id = gateway.new_key("app")
    gateway.admin("POST", "/limits", {"scope": "process", "scope_id": process_id, "kind": "parallel_requests", "value": 1})
    ids = [submit(gateway, key=key) for _ in range(4)]
    assert [wait(gateway, i, key, seconds=40)["status"] for i in ids] == ["success"] * 4
    gateway.admin("POST", "/prices", {"model": "chat", "token_type": "completion_tokens", "price_per_k_token": "1",
                                      "valid_from": "2026-01-01T00:00:00Z", "currency": "EUR"})
    gateway.admin("POST", "/budgets", {"scope": "process", "scope_id": process_id, "period": "total", "amount": "0",
                                       "currency": "EUR", "hard": True})
    job = wait(gateway, submit(gateway, key=key), key)
    assert (job["status"], job["status_code"]) == ("failed", 402)
    assert len(cloud.requests("chat")) == 4


def test_a_job_that_is_not_begun_in_time_fails(house, storage):
    cloud = house.simulate(QUICK)
    gateway = serve(house, storage, cloud, jobs={"parallel": 0, "expires_after": "1s"})
    job = wait(gateway, submit(gateway))
    assert job["status"] == "failed" and "expired" in job["error"]


def test_a_stop_in_good_order_puts_back_what_runs(house, storage):
    cloud = house.simulate(QUICK, SLOW)
    gateway = serve(house, storage, cloud, limits={"drain": "200ms"})
    running, quick = submit(gateway, body("slow")), submit(gateway)
    wait(gateway, quick)
    eventually(lambda: cloud.requests("slow"), 20, "the call")
    assert gateway.terminate() == 0
    gateway = serve(house, storage, cloud, gateway.folder)
    assert wait(gateway, running)["status"] == "success"
    assert len(cloud.requests("slow")) == 2 and len(cloud.requests("chat")) == 1


@pytest.mark.timeout(300)
def test_a_kill_loses_no_job_and_runs_none_again_that_was_answered(house, storage):
    cloud = house.simulate(QUICK, "slow:speed=200,prefill=0,tokens=20")
    gateway = serve(house, storage, cloud)
    ids = [submit(gateway, body("slow", f"job {n}")) for n in range(40)]
    for enough in (6, 20):
        eventually(lambda: sum(look(gateway, i)["status"] == "success" for i in ids) >= enough, 40, "some to end")
        gateway.kill()
        gateway = serve(house, storage, cloud, gateway.folder)
    jobs = [wait(gateway, i, seconds=60) for i in ids]
    assert [j["status"] for j in jobs] == ["success"] * 40
    answered = lambda: [r for r in Books(gateway).by_id().values() if r["result_status"] == "success"]  # noqa: E731
    eventually(lambda: len(answered()) >= 40, 10, "all rows")
    assert len(answered()) == 40, "no job was answered twice"
    assert len(cloud.requests("slow")) <= 40 + 2 * 4, "only what ran when the gateway was killed was run again"


@pytest.mark.timeout(300)
def test_two_nodes_share_the_jobs_and_the_survivor_runs_what_the_other_left(house, postgres):
    from cluster_test import Pair  # what starts two nodes stands there
    pair = Pair(house, postgres.new_database())
    one, other = pair.parts()
    ids = [submit(one, body("steady", f"job {n}")) for n in range(200)]
    books = Books(one)
    eventually(lambda: len(books.query("select distinct node from jobs where status = 'success'")) == 2, 30,
               "both nodes to run jobs")
    one.kill()
    jobs = [wait(other, i, seconds=90) for i in ids]
    ended = collections.Counter(j["status"] for j in jobs)
    # What the dead node had answered and not yet written is known to have been answered, at most.
    assert ended["success"] + ended["failed"] == 200 and ended["failed"] <= 4, ended
    assert all("answered" in j["error"] for j in jobs if j["status"] == "failed")
    assert 200 <= len(pair.cloud.requests("steady")) <= 200 + 4, "only what ran on the dead node was run again"
