# SPDX-License-Identifier: MIT
"""OpenAI's Batch API with OpenAI's own client: every line is answered exactly once, whatever happens."""

import collections
import io
import json

import openai
import pytest

from support.books import Books
from support.programs import eventually, provider

QUICK = "chat:speed=0,prefill=0,tokens=6"
STEADY = "slow:speed=200,prefill=0,tokens=20"
FINAL = ("completed", "failed", "expired", "cancelled")


def serve(house, storage, cloud, folder=None, **more):
    return house.serve([provider("cloud", cloud, "chat", "slow", parallel=64)], folder=folder, storage=storage, **more)


def client_of(gateway, key=None):
    return openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=key or gateway.root_key, max_retries=0)


def line(n, model="chat", **changes):
    return {"custom_id": f"request-{n}", "method": "POST", "url": "/v1/chat/completions",
            "body": {"model": model, "messages": [{"role": "user", "content": f"number {n}"}]}, **changes}


def jsonl(lines):
    return io.BytesIO("\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines).encode())


def start(client, lines, **more):
    file = client.files.create(file=("requests.jsonl", jsonl(lines)), purpose="batch")
    return client.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions",
                                 **{"completion_window": "24h", **more})


def wait(client, batch, until=FINAL, seconds=60):
    def look():
        now = client.batches.retrieve(batch.id)
        return now if now.status in until else None
    return eventually(look, seconds, f"{batch.id} to be {until}")


def lines_of(client, file_id):
    return [json.loads(text) for text in client.files.content(file_id).text.splitlines()] if file_id else []


@pytest.fixture
def place(house, storage):
    cloud = house.simulate(QUICK, STEADY)
    return serve(house, storage, cloud), cloud


def test_a_batch_runs_with_openais_client(place):
    gateway, cloud = place
    key, _ = gateway.new_key("app")
    client = client_of(gateway, key)
    batch = start(client, [line(n) for n in range(20)] + [line(99, body={"model": "none", "messages": []})],
                  metadata={"run": "7"})
    assert batch.status == "validating" and batch.id.startswith("batch_logos_") and batch.usage is None
    done = wait(client, batch)
    assert done.status == "completed" and done.metadata == {"run": "7"}
    counts = done.request_counts
    assert (counts.total, counts.completed, counts.failed) == (21, 20, 1)
    assert done.created_at <= done.in_progress_at <= done.finalizing_at <= done.completed_at
    output = lines_of(client, done.output_file_id)
    assert [one["custom_id"] for one in output] == [f"request-{n}" for n in range(20)]
    assert all(one["response"]["status_code"] == 200 and one["error"] is None for one in output)
    assert output[0]["response"]["body"]["usage"]["completion_tokens"] == 6
    told = [one["response"]["body"]["usage"] for one in output]
    assert done.usage.input_tokens == sum(one["prompt_tokens"] for one in told) > 0
    assert done.usage.output_tokens == 20 * 6
    assert done.usage.total_tokens == done.usage.input_tokens + done.usage.output_tokens
    assert done.usage.input_tokens_details.cached_tokens == 0
    assert done.usage.output_tokens_details.reasoning_tokens == 0
    assert done.model is None, "the last line names another"
    failed = lines_of(client, done.error_file_id)
    assert [(one["custom_id"], one["response"]["status_code"]) for one in failed] == [("request-99", 404)]
    row = Books(gateway).row(output[3]["response"]["request_id"], 5)
    assert (row["mode"], row["result_status"]) == ("batch", "success")
    assert len(cloud.requests("chat")) == 20
    assert Books(gateway).query("select count(*) as n from jobs")[0]["n"] == 0


def test_files_are_kept_listed_and_removed(place):
    gateway, _ = place
    mine, other = gateway.new_key("mine")[0], gateway.new_key("other")[0]
    client = client_of(gateway, mine)
    text = "\n".join(json.dumps(line(n)) for n in range(3))
    made = [client.files.create(file=("a.jsonl", text.encode()), purpose="batch") for _ in range(3)]
    assert made[0].bytes == len(text) and made[0].filename == "a.jsonl" and made[0].purpose == "batch"
    assert [f.id for f in client.files.list()] == [f.id for f in reversed(made)]
    assert [f.id for f in client.files.list(limit=1, after=made[2].id)][:1] == [made[1].id]
    assert client.files.retrieve(made[0].id).bytes == len(text)
    assert client.files.content(made[0].id).text == text
    with pytest.raises(openai.NotFoundError):
        client_of(gateway, other).files.content(made[0].id)
    assert list(client_of(gateway, other).files.list()) == []
    assert client.files.delete(made[0].id).deleted
    with pytest.raises(openai.NotFoundError):
        client.files.retrieve(made[0].id)
    stored = Books(gateway).query("select content from file_chunks")
    assert len(stored) == 2 and all(chunk["content"].startswith("v1:") for chunk in stored)


def test_files_end_when_their_maker_says(place):
    gateway, _ = place
    client = client_of(gateway)
    hour = {"anchor": "created_at", "seconds": 3600}
    file = client.files.create(file=("a.jsonl", jsonl([line(1), line(2)])), purpose="batch", expires_after=hour)
    assert file.expires_at == file.created_at + 3600
    plain = client.files.create(file=("b.jsonl", jsonl([line(1)])), purpose="batch")
    assert plain.expires_at == plain.created_at + 168 * 3600
    batch = client.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h",
                                  output_expires_after={"anchor": "created_at", "seconds": 7200})
    done = wait(client, batch)
    assert done.status == "completed" and done.model == "chat"
    output = client.files.retrieve(done.output_file_id)
    assert output.expires_at == output.created_at + 7200
    assert [f.id for f in client.files.list(order="asc", limit=1)][:2] == [file.id, plain.id]
    assert [f.id for f in client.files.list(order="desc", purpose="batch")] == [plain.id, file.id]
    for seconds in (3599, 2592001):
        wrong = {"anchor": "created_at", "seconds": seconds}
        with pytest.raises(openai.BadRequestError, match="3600 to 2592000"):
            client.files.create(file=("a.jsonl", jsonl([line(1)])), purpose="batch", expires_after=wrong)
        with pytest.raises(openai.BadRequestError, match="3600 to 2592000"):
            start(client, [line(1)], output_expires_after=wrong)


def test_a_bad_file_fails_with_what_is_wrong_on_which_line(place):
    gateway, cloud = place
    client = client_of(gateway)
    lines = [line(1), "{broken", line(1), line(4, method="GET"), line(5, url="/v1/embeddings"), line(6, body=[]),
             line(7, body={"model": "chat", "stream": 5})]
    done = wait(client, start(client, lines))
    assert done.status == "failed" and done.failed_at
    assert [(e.line, e.code) for e in done.errors.data] == \
        [(2, "invalid_json_line"), (3, "duplicate_custom_id"), (4, "invalid_method"), (5, "invalid_url"),
         (6, "missing_required_parameter")]
    done = wait(client, start(client, [line(7, body={"model": "chat", "stream": 5})]))
    assert [(e.line, e.code) for e in done.errors.data] == [(1, "invalid_request")]
    assert wait(client, start(client, [""])).errors.data[0].code == "empty_file"
    assert not cloud.requests("chat")


def test_a_wrong_batch_is_refused_at_once(place):
    gateway, _ = place
    client = client_of(gateway)
    file = client.files.create(file=("a.jsonl", jsonl([line(1)])), purpose="batch")
    for wrong in ({"input_file_id": "file-abc"}, {"endpoint": "/admin/v1/users"}, {"completion_window": "soon"}):
        with pytest.raises(openai.BadRequestError):
            client.batches.create(**{"input_file_id": file.id, "endpoint": "/v1/chat/completions",
                                     "completion_window": "24h", **wrong})
    for endpoint in ("/v1/chat/completion", "/v1/foo", "/v1/audio/speech", "/v1/audio/transcriptions", "/v1/files"):
        with pytest.raises(openai.BadRequestError, match="one of /v1/chat/completions, /v1/responses, ") as refused:
            client.batches.create(input_file_id=file.id, endpoint=endpoint, completion_window="24h")
        assert refused.value.param == "endpoint" and endpoint in str(refused.value)
    for endpoint in ("/v1/embeddings", "/v1/responses", "/openai/v1/moderations"):
        assert client.batches.create(input_file_id=file.id, endpoint=endpoint, completion_window="24h").id
    with pytest.raises(openai.NotFoundError):
        client.batches.retrieve("batch_logos_none")


def test_a_cancelled_batch_keeps_what_was_answered(place):
    gateway, _ = place
    client = client_of(gateway)
    batch = start(client, [line(n, body={"model": "slow", "messages": [{"role": "user", "content": "x"}]})
                           for n in range(200)])
    eventually(lambda: client.batches.retrieve(batch.id).request_counts.completed >= 4, 30, "some lines to end")
    assert client.batches.cancel(batch.id).status == "cancelling"
    done = wait(client, batch)
    assert done.status == "cancelled" and done.cancelling_at <= done.cancelled_at
    output, errors = lines_of(client, done.output_file_id), lines_of(client, done.error_file_id)
    assert len(output) >= 4 and len(output) + len(errors) == 200 == done.request_counts.total
    assert done.request_counts.completed == len(output)
    assert {(one["error"] or {}).get("code") for one in errors} == {"batch_cancelled"}
    with pytest.raises(openai.ConflictError):
        client.batches.cancel(batch.id)
    newer = start(client, [line(1)])
    assert [b.id for b in client.batches.list(limit=1)][:2] == [newer.id, batch.id]


def test_a_batch_that_is_not_done_in_time_expires(house, storage):
    cloud = house.simulate(QUICK)
    gateway = serve(house, storage, cloud, jobs={"parallel": 0})
    client = client_of(gateway)
    done = wait(client, start(client, [line(n) for n in range(3)], completion_window="1s"))
    assert done.status == "expired" and done.expired_at and done.output_file_id is None
    errors = lines_of(client, done.error_file_id)
    assert [(one["custom_id"], one["error"]["code"]) for one in errors] == \
        [(f"request-{n}", "batch_expired") for n in range(3)]


def upload(gateway, purpose, content="{}"):
    form = (f'--b\r\ncontent-disposition: form-data; name="purpose"\r\n\r\n{purpose}\r\n'
            f'--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n{content}\r\n--b--\r\n')
    return gateway.call("POST", "/v1/files", form, headers={"content-type": "multipart/form-data; boundary=b"})


def test_what_is_not_for_batches_is_relayed_as_before(house):
    cloud = house.simulate(QUICK)
    gateway = serve(house, "sqlite", cloud)
    for answered in (gateway.call("GET", "/v1/files/file-abc"), gateway.call("GET", "/v1/files?purpose=assistants"),
                     upload(gateway, "assistants")):
        assert answered[1].get("x-logos-provider") == "cloud", answered
    assert "x-logos-provider" not in upload(gateway, "batch")[1]
    off = serve(house, "sqlite", cloud, jobs={"batches": False})
    good = json.dumps(line(1))
    for answered in (off.call("GET", "/v1/batches"), off.call("GET", "/v1/files"), upload(off, "batch", good)):
        assert answered[1].get("x-logos-provider") == "cloud", answered
    status, headers, text = upload(off, "batch", good + "\n" + good.replace('"chat"', '"none"'))
    assert status == 403 and b"Line 2: " in text and b"'none'" in text and "x-logos-provider" not in headers, text
    assert upload(off, "batch", good + "\nnonsense")[0] == 400


@pytest.mark.timeout(300)
def test_kills_in_the_middle_of_a_batch_answer_every_line_exactly_once(house, storage):
    cloud = house.simulate(QUICK, STEADY)
    gateway = serve(house, storage, cloud)
    client = client_of(gateway)
    batch = start(client, [line(n, body={"model": "slow", "messages": [{"role": "user", "content": f"line {n}"}]})
                           for n in range(60)])
    for enough in (5, 25):
        eventually(lambda: client.batches.retrieve(batch.id).request_counts.completed >= enough, 60, "some lines to end")
        gateway.kill()
        gateway = serve(house, storage, cloud, gateway.folder)
        client = client_of(gateway)
    done = wait(client, batch, seconds=90)
    assert done.status == "completed", done
    output = lines_of(client, done.output_file_id)
    assert collections.Counter(one["custom_id"] for one in output) == {f"request-{n}": 1 for n in range(60)}
    assert done.error_file_id is None
    answered = lambda: [r for r in Books(gateway).by_id().values() if r["result_status"] == "success"]  # noqa: E731
    eventually(lambda: len(answered()) >= 60, 10, "all rows")
    assert len(answered()) == 60, "no line was answered to the gateway twice"
    assert len(cloud.requests("slow")) <= 60 + 2 * 4, "only what ran when the gateway was killed was run again"
