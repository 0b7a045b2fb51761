# SPDX-License-Identifier: MIT
"""What a real Ollama does, as far as MONITOR and SCHEDULER rely on it. Where one of these fails with a newer version, what
relies on that fact is to be looked at anew; the README beside this file says what that is."""

import datetime
import json
import threading

import pytest

from support.ollama import Watch
from support.programs import eventually

MARKED = "waiting for pending requests to complete and unload to occur"  # its debug log, when it has chosen a victim


class Asked(threading.Thread):
    """A whole request on a thread of its own."""

    def __init__(self, ollama, model, prompt=None, **fields):
        super().__init__(daemon=True)
        self._call = lambda: ollama.generate(model, prompt, **fields)
        self.result = None
        self.start()

    def run(self):
        self.result = self._call()

    def status(self, seconds=60):
        self.join(seconds)
        assert self.result, "no answer"
        return self.result[0]


def tokens(number):
    return {"options": {"num_predict": number}}


def left(model):
    """The seconds until it expires, as /api/ps says."""
    expires = datetime.datetime.fromisoformat(model["expires_at"].replace("Z", "+00:00"))
    return (expires - datetime.datetime.now(datetime.timezone.utc)).total_seconds()


def await_load(ollama, model, loads):
    """Until a model is being loaded, after so many loads; with the engine that lists it, until it is listed."""
    eventually(lambda: ollama.loads() > loads, 20, "a load")
    if ollama.engine == "ollama":
        eventually(lambda: model in ollama.ps(), 20, "a load that is listed")


def test_it_tells_its_version_its_models_and_what_the_loaded_ones_weigh(wide):
    assert wide.call("GET", "/api/version")[1]["version"].count(".") == 2
    assert {model["name"] for model in wide.call("GET", "/api/tags")[1]["models"]} == \
        {"small:latest", "middle:latest", "large:latest"}
    for model in ("small", "middle", "large"):
        wide.generate(model)
    listed = wide.ps()
    assert listed["small"]["size"] < listed["middle"]["size"] < listed["large"]["size"]
    assert {model["size_vram"] for model in listed.values()} == {0}  # without a GPU; `size` is what it takes
    assert {model["context_length"] for model in listed.values()} == {4096}
    assert all(200 < left(model) < 301 for model in listed.values())


def test_a_preload_answers_when_the_model_is_loaded(either):
    before = either.loads()
    status, answer, _ = either.generate("large")
    assert (status, answer["done"], answer["done_reason"]) == (200, True, "load")
    assert "load_duration" not in answer
    assert set(either.ps()) == {"large"} and either.loads() == before + 1
    status, answer, _ = either.generate("large")
    assert (status, answer["done_reason"]) == (200, "load")
    status, answer, _ = either.generate("large", "Hello!", **tokens(3))
    assert (status, answer["eval_count"], answer["done_reason"]) == (200, 3, "length")
    assert either.loads() == before + 1


def test_a_model_is_listed_while_it_is_being_loaded_by_one_of_the_two_engines(servers):
    def listed_before_the_answer(ollama):
        ollama.empty()
        watch = Watch(ollama)
        ollama.generate("large")
        answered = watch.now()
        eventually(lambda: watch.first("large"), 10, "it in the list")
        assert not watch.stop().refused
        return answered - watch.first("large")

    # A machine that is busy may make a moment of nothing: of three loads the clearest counts.
    llama_cpp = servers.with_settings(room=1)
    assert min(listed_before_the_answer(llama_cpp) for _ in range(3)) < 0.1
    newer = servers.with_settings(room=1, engine="ollama")
    assert max(listed_before_the_answer(newer) for _ in range(3)) > 0.1


def test_keep_alive_0_is_answered_before_the_model_is_gone_which_it_soon_is(either):
    either.generate("large")
    status, answer, _ = either.generate("large", keep_alive=0)
    assert (status, answer["done_reason"]) == (200, "unload")
    eventually(lambda: not either.ps(), 5, "an empty list")


def test_keep_alive_0_for_what_is_not_loaded_is_fine_and_for_what_is_unknown_is_not(narrow):
    status, answer, _ = narrow.generate("large", keep_alive=0)
    assert (status, answer["done_reason"]) == (200, "unload")
    assert narrow.generate("nobody", keep_alive=0)[0] == 404


def test_keep_alive_0_lets_what_is_in_flight_end_and_takes_more(narrow):
    narrow.generate("small")
    before = narrow.loads()
    link, answer = narrow.begin("small", 600)
    assert narrow.generate("small", keep_alive=0)[1]["done_reason"] == "unload"
    assert left(narrow.ps()["small"]) <= 0
    warm = Asked(narrow, "small", "Hello!", **tokens(2))
    last = json.loads(answer.read().splitlines()[-1])
    link.close()
    assert (last["done_reason"], last["eval_count"]) == ("length", 600)
    assert warm.status() == 200 and narrow.loads() == before
    eventually(lambda: not narrow.ps(), 5, "an empty list")


def test_a_keep_alive_of_its_own_takes_an_unload_back(narrow):
    narrow.generate("small")
    link, _ = narrow.begin("small", 4000)
    narrow.generate("small", keep_alive=0)
    log = len(narrow.text)
    warm = Asked(narrow, "small", "Hello!", keep_alive="3m", **tokens(2))
    narrow.says("evaluating already loaded", start=log)
    eventually(lambda: left(narrow.ps()["small"]) <= 0, 5, "still listed as expired")
    link.close()
    assert warm.status() == 200
    eventually(lambda: left(narrow.ps()["small"]) > 100, 5, "its own time")


def test_a_warm_request_with_a_keep_alive_blocks_all_loads_until_the_victim_is_told_again(narrow):
    """ollama #17408: the victim of a load is revived, and the load and all behind it wait for its new time to run out."""
    narrow.generate("small")
    log = len(narrow.text)
    link, _ = narrow.begin("small", 4000)
    cold = Asked(narrow, "middle")
    narrow.says(MARKED, start=log)
    log = len(narrow.text)
    warm = Asked(narrow, "small", "Hello!", keep_alive="3m", **tokens(2))
    narrow.says("evaluating already loaded", start=log)
    link.close()
    assert warm.status() == 200
    eventually(lambda: left(narrow.ps()["small"]) > 100, 5, "the victim revived")
    behind = Asked(narrow, "large")
    cold.join(1)
    assert cold.is_alive() and behind.is_alive()  # nobody uses the victim, and yet they wait
    assert narrow.generate("small", "Hello!", **tokens(2))[0] == 200 and set(narrow.ps()) == {"small"}
    narrow.generate("small", keep_alive=0)
    assert (cold.status(), behind.status()) == (200, 200)


def test_steady_traffic_of_the_loaded_model_starves_the_others(narrow):
    narrow.generate("small")
    over, answers = threading.Event(), []

    def go_on():
        while not over.is_set():
            answers.append(narrow.generate("small", "Hello!", **tokens(150))[0])

    threads = [threading.Thread(target=go_on, daemon=True) for _ in range(6)]
    for thread in threads:
        thread.start()
    eventually(lambda: len(answers) > 2, 30, "traffic")
    log, served = len(narrow.text), len(answers)
    cold = Asked(narrow, "middle")
    narrow.says(MARKED, start=log)
    eventually(lambda: len(answers) > served + 12, 60, "more traffic")
    waits = cold.is_alive()
    over.set()
    for thread in threads:
        thread.join(60)
    assert waits and cold.status() == 200
    assert set(answers) == {200}


def test_a_loaded_model_goes_on_while_another_loads(wide):
    wide.generate("small")
    before = wide.loads()
    cold = Asked(wide, "large")
    eventually(lambda: wide.loads() > before, 20, "a load")
    meanwhile = 0
    while cold.is_alive():
        assert wide.generate("small")[0] == 200
        meanwhile += cold.is_alive()
    assert cold.status() == 200 and meanwhile
    assert wide.loads() == before + 1


def test_a_request_for_what_is_being_loaded_passes_the_queue_by_with_one_of_the_two_engines(servers):
    def loads_for_a_b_a(ollama):
        ollama.empty()
        before = ollama.loads()
        first = Asked(ollama, "large", "Hello!", **tokens(2))
        await_load(ollama, "large", before)
        others = [Asked(ollama, model, "Hello!", **tokens(2)) for model in ("middle", "large")]
        assert {request.status() for request in (first, *others)} == {200}
        return ollama.loads() - before

    # Which of two requests comes first is not certain, but likely.
    llama_cpp = servers.with_settings(room=1)
    assert any(loads_for_a_b_a(llama_cpp) == 3 for _ in range(5))
    newer = servers.with_settings(room=1, engine="ollama")
    assert any(loads_for_a_b_a(newer) == 2 for _ in range(5))


def test_keep_alive_0_during_a_load_counts_with_one_of_the_two_engines(servers):
    def stays(ollama):
        before = ollama.loads()
        load = Asked(ollama, "large")
        await_load(ollama, "large", before)
        too_early = load.is_alive() and ollama.generate("large", keep_alive=0)
        assert too_early and load.status() == 200
        if ollama.engine == "ollama":
            eventually(lambda: not ollama.ps(), 5, "an empty list")
        return "large" in ollama.ps()

    assert stays(servers.with_settings(room=1))  # told, and yet it is there, for five minutes
    assert not stays(servers.with_settings(room=1, engine="ollama"))


def test_a_busy_model_may_be_listed_as_expired(narrow):
    narrow.generate("small", keep_alive="1s")
    link, _ = narrow.begin("small", 4000)
    eventually(lambda: left(narrow.ps()["small"]) < 0, 10, "a moment in the past")
    link.close()
    eventually(lambda: not narrow.ps(), 10, "an empty list")


def test_every_change_of_model_is_a_load_when_there_is_room_for_one(narrow):
    before = narrow.loads()
    for model in ("small", "middle") * 3:
        assert narrow.generate(model, "Hello!", **tokens(1))[0] == 200
    assert narrow.loads() == before + 6


def test_a_client_that_leaves_takes_the_load_with_it(either):
    before, log = either.loads(), len(either.text)
    with either.link() as link:
        link.request("POST", "/api/generate", json.dumps({"model": "large"}))
        eventually(lambda: either.loads() > before, 20, "a load")
    either.says("Load failed|error loading llama server", start=log)
    assert "large" not in either.ps()
    assert either.generate("large")[1]["done_reason"] == "load" and either.loads() == before + 2


def test_another_num_ctx_reloads_and_the_models_own_reloads_again(narrow):
    def shape():
        return narrow.ps()["small"]["context_length"], narrow.loads() - before

    before = narrow.loads()
    narrow.generate("small", "Hello!", **tokens(1))
    assert shape() == (4096, 1)
    narrow.generate("small", "Hello!", options={"num_predict": 1, "num_ctx": 1024})
    assert shape() == (1024, 2)
    chat = {"model": "small", "messages": [{"role": "user", "content": "Hello!"}], "max_tokens": 2}
    assert narrow.call("POST", "/v1/chat/completions", chat)[0] == 200
    assert shape() == (4096, 3)


@pytest.mark.parametrize("path, body", [
    ("chat/completions", {"messages": [{"role": "user", "content": "Hello!"}], "max_tokens": 2}),
    ("completions", {"prompt": "Hello!", "max_tokens": 2}), ("responses", {"input": "Hello!", "max_output_tokens": 2}),
    ("messages", {"messages": [{"role": "user", "content": "Hello!"}], "max_tokens": 2}), ("embeddings", {"input": "Hello!"})])
def test_no_path_below_v1_has_a_client_load_a_model_anew(narrow, path, body):
    narrow.generate("small")
    loads, context = narrow.loads(), narrow.ps()["small"]["context_length"]
    shape = {"num_ctx": 1024, "num_gpu": 0, "use_mmap": False, "adapters": ["x"]}
    for more in (shape, {"options": shape}, {"keep_alive": 0, "adapters": {"x": "y"}, "lora": "x"}):
        assert narrow.call("POST", "/v1/" + path, {"model": "small", **body, **more})[0] == 200
        assert (narrow.loads(), narrow.ps()["small"]["context_length"]) == (loads, context), more


def test_openais_path_counts_tokens_and_heeds_no_keep_alive(narrow):
    chat = {"model": "small", "messages": [{"role": "user", "content": "Hello!"}], "max_tokens": 5, "keep_alive": 0}
    status, answer, _ = narrow.call("POST", "/v1/chat/completions", chat)
    assert (status, answer["choices"][0]["finish_reason"]) == (200, "length")
    usage = answer["usage"]
    assert usage["completion_tokens"] == 5 and usage["total_tokens"] == usage["prompt_tokens"] + 5
    assert left(narrow.ps()["small"]) > 100
    for options, last in (({}, None), ({"stream_options": {"include_usage": True}}, usage)):
        with narrow.link() as link:
            link.request("POST", "/v1/chat/completions", json.dumps({**chat, **options, "stream": True}))
            events = link.getresponse().read().decode().strip().split("\n\n")
        assert events[-1] == "data: [DONE]"
        assert json.loads(events[-2].removeprefix("data: ")).get("usage") == last


def test_requests_beyond_its_slots_wait_in_it(narrow):
    narrow.generate("small")
    link, _ = narrow.begin("small", 4000)
    second = Asked(narrow, "small", "Hello!", **tokens(1))
    second.join(0.3)
    assert second.is_alive()
    link.close()  # which frees the slot
    assert second.status() == 200
