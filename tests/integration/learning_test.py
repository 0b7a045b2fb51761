# SPDX-License-Identifier: MIT
"""Learning over HTTP: what feedback teaches, whom it binds, and what a restart or a kill leaves of it."""

import json
import uuid

import pytest

from support.books import Books
from support.programs import eventually, provider

# What the weak model is bad at, and what it does better than the strong one, which says too much. Forms and numbers make
# many different questions of it.
HARD, EASY = "the spectral theorem of unbounded operators", "sourdough bread and its crust"
WORTH = {("weak", HARD): 0, ("weak", EASY): 1, ("strong", HARD): 1, ("strong", EASY): 0.5}
FORMS = ("How does {} work", "Tell me more about {}", "What do people use {} for", "Is {} hard to learn",
         "Who has made {} popular")


def question(topic, n):
    return FORMS[n % len(FORMS)].format(topic) + f", and what about number {n}?"


@pytest.fixture
def providers(house):
    weak = house.simulate("weak:speed=0,prefill=0,tokens=4")
    strong = house.simulate("strong:speed=0,prefill=0,tokens=4")
    return [provider("attic", weak, {"name": "weak", "cost": 1}), provider("tower", strong, {"name": "strong"})]


@pytest.fixture
def place(house, providers, storage):
    gateway = house.serve(providers, storage=storage, learning={"implicit": False})
    gateway.storage = storage
    return gateway


def ask(gateway, model, text, key=None):
    """The id of a request that was answered."""
    status, head, content = gateway.chat(model, text, key=key)
    assert status == 200, content
    return head["x-request-id"]


def give(gateway, request, score=None, key=None, path="/v1/feedback", expect=200, **more):
    body = {"request_id": request, **more}
    if score is not None:
        body["score"] = score
    status, _, text = gateway.call("POST", path, body, key=key)
    assert status == expect, (status, text)
    return json.loads(text)


def train(gateway, rounds, key=None, wrong=False, first=0):
    """Both models on both topics."""
    for n in range(first, first + rounds):
        for topic in (HARD, EASY):
            for model in ("weak", "strong"):
                worth = WORTH[model, topic]
                give(gateway, ask(gateway, model, question(topic, n), key), 1 - worth if wrong else worth, key)


def chosen(gateway, text, key=None):
    """The model that serves whoever names none."""
    status, head, content = gateway.call("POST", "/v1/chat/completions",
                                         {"messages": [{"role": "user", "content": text}]}, key=key)
    assert status == 200, content
    return head["x-logos-model"]


def learned(gateway):
    return {m["model"]: m["lessons"] for m in gateway.admin("GET", "/learning")["models"]}


def test_results_given_by_the_api_alone_decide_where_questions_go_that_were_not_met(place):
    before = {topic: chosen(place, question(topic, 500)) for topic in (HARD, EASY)}
    assert set(before.values()) == {"weak"}, "by weights alone"
    train(place, 20)
    assert [chosen(place, question(HARD, n)) for n in range(600, 610)].count("strong") >= 9
    assert [chosen(place, question(EASY, n)) for n in range(600, 610)].count("weak") >= 9
    assert learned(place) == {"weak": 40, "strong": 40}


def test_a_restart_and_a_kill_keep_what_was_answered(house, providers, place):
    train(place, 12)
    assert chosen(place, question(HARD, 700)) == "strong"
    number = place.admin("GET", "/learning")["learned_up_to"]
    last = give(place, ask(place, "weak", question(HARD, 99)), 0)["id"]
    place.kill()
    again = house.serve(providers, folder=place.folder, storage=place.storage, learning={"implicit": False})
    assert last == number + 1 == again.admin("GET", "/learning")["learned_up_to"]
    assert chosen(again, question(HARD, 700)) == "strong", "the first request after a kill"
    assert again.terminate() == 0
    third = house.serve(providers, folder=place.folder, storage=place.storage, learning={"implicit": False})
    assert third.admin("GET", "/learning")["learned_up_to"] == last
    assert chosen(third, question(HARD, 701)) == "strong"


def test_one_key_that_lies_does_not_turn_what_is_trusted(place):
    train(place, 25)
    key, _ = place.new_key("liar")
    train(place, 40, key=key, wrong=True, first=1000)
    assert [chosen(place, question(HARD, n)) for n in range(600, 610)].count("strong") >= 8
    rows = place.admin("GET", "/feedback?limit=1000")["data"]
    assert sum(not row["trusted"] for row in rows) == 160


def test_who_may_say_what_of_which_request(place):
    key, process = place.new_key("app")
    other, _ = place.new_key("other")
    mine = ask(place, "weak", "What is a monad?", key)
    assert give(place, mine, 0.5, other, expect=404)["error"]["param"] == "request_id"
    assert give(place, str(uuid.uuid4()), 0.5, key, expect=404)["error"]["code"]
    assert give(place, mine, 0.25, key) == {"id": 1, "request_id": mine, "model": "weak", "learned": True,
                                           "repeated": False}
    assert give(place, mine, 0.25, key)["repeated"]
    assert give(place, mine, 1, key, expect=409)["error"]["message"]
    assert give(place, mine, 1, path="/admin/v1/feedback")["id"] == 2, "somebody else's word"
    assert place.call("POST", "/admin/v1/feedback", {"request_id": mine, "score": 1}, key=key)[0] == 403
    assert place.call("POST", "/v1/feedback", {"request_id": mine, "score": 1}, key="")[0] == 401
    row = place.admin("GET", "/feedback?request_id=" + mine)["data"][1]
    assert (row["process_id"], row["model"], row["signal"], row["score"], row["trusted"]) == (
        process, "weak", "score", 0.25, False)


def test_what_is_wrong_in_feedback_is_told_with_its_place(place):
    mine = ask(place, "weak", "What is a monad?")
    for body, param in (({}, "request_id"), ({"request_id": "x", "score": 1}, "request_id"),
                        ({"request_id": mine}, "score"), ({"request_id": mine, "score": 2}, "score"),
                        ({"request_id": mine, "score": "good"}, "score"), ({"request_id": mine, "scor": 1}, "scor"),
                        ({"request_id": mine, "label": "x" * 101}, "label"),
                        ({"request_id": mine, "preferred_over": "weak"}, "preferred_over"),
                        ({"request_id": mine, "model": "weak", "score": 1}, "model"),
                        ({"body": {"messages": []}, "score": 1}, "model"),
                        ({"body": {"messages": []}, "model": "weak", "score": 1}, "body")):
        status, _, text = place.call("POST", "/v1/feedback", body)
        error = json.loads(text)["error"]
        assert status == 400 and error["param"] == param and error["message"], (body, status, error)
    answer = give(place, mine, preferred_over="nobody", expect=404)["error"]
    assert "nobody" in answer["message"], answer
    assert place.call("POST", "/v1/feedback", "[1", headers={"content-type": "application/json"})[0] == 400
    status, _, text = place.call("POST", "/admin/v1/feedback", {})
    assert status == 400 and json.loads(text)["param"] == "request_id", "a problem, as everywhere below /admin"


def test_labels_comments_comparisons_and_examples(place):
    mine = ask(place, "weak", question(HARD, 1))
    assert give(place, mine, label="Thumbs-Down", comment="wrong sign")["learned"]
    assert not give(place, ask(place, "weak", question(HARD, 2)), label="urgent")["learned"], "kept, and teaches nothing"
    better = ask(place, "strong", question(HARD, 3))
    assert give(place, better, preferred_over=mine)["learned"]
    assert give(place, ask(place, "strong", question(HARD, 4)), preferred_over="weak")["learned"]
    body = {"messages": [{"role": "user", "content": question(HARD, 5)}]}
    status, _, text = place.call("POST", "/admin/v1/feedback", {"body": body, "model": "weak", "score": 0})
    assert status == 200 and json.loads(text)["request_id"] is None, text
    rows = place.admin("GET", "/feedback")["data"]
    assert [row["signal"] for row in rows] == ["score", "preferred", "preferred", "score", "score"]
    assert rows[4]["label"] == "Thumbs-Down" and rows[4]["comment"] == "wrong sign" and rows[4]["score"] == 0
    assert rows[3]["score"] is None
    assert learned(place) == {"weak": 4, "strong": 2}
    first = place.admin("GET", "/feedback?limit=2")
    rest = place.admin("GET", f"/feedback?limit=10&cursor={first['next']}")
    assert [row["id"] for row in first["data"] + rest["data"]] == [5, 4, 3, 2, 1] and rest["next"] is None


def test_others_are_tried_only_as_far_as_the_operator_allows(house, providers):
    gateway = house.serve(providers, learning={"explore_percent": 50, "most_loss_percent": 100})
    served = {}
    for n in range(60):
        body = {"messages": [{"role": "user", "content": question(EASY, n)}]}
        status, head, content = gateway.call("POST", "/v1/chat/completions", body)
        assert status == 200, content
        served[head["x-request-id"]] = head["x-logos-model"]
    assert set(served.values()) == {"weak", "strong"}

    def rows():
        found = gateway.admin("GET", "/requests?limit=100")["data"]
        return found if len(found) == 60 else None

    eventually(rows, what="the rows")
    elsewhere = 0
    for request, model in served.items():
        told = gateway.admin("GET", f"/requests/{request}")["classification_statistics"]
        first, second = told["candidates"]
        assert first["model"] == model
        if told.get("exploration"):
            elsewhere += 1
            assert first["score"] <= second["score"]
        else:
            assert first["score"] >= second["score"]
    assert 3 <= elsewhere <= 30, "half of them may, and draw the other model half of the time"
    tried = gateway.admin("POST", "/classify", {"body": {"messages": [{"role": "user", "content": "Hello!"}]}}, expect=200)
    assert "exploration" not in tried, "what is only tried teaches nothing"


def test_errors_count_by_themselves(house, storage):
    weak = house.simulate("weak:speed=0,prefill=0,tokens=4")
    strong = house.simulate("strong:speed=0,prefill=0,tokens=4")
    gateway = house.serve([provider("attic", weak, "weak"), provider("tower", strong, "strong")], storage=storage)
    weak.add_fault("status", model="weak", code=500)
    assert gateway.chat("weak", question(HARD, 1))[0] == 500
    rows = eventually(lambda: gateway.admin("GET", "/feedback")["data"], what="the row of an error")
    assert (rows[0]["signal"], rows[0]["model"], rows[0]["trusted"]) == ("error", "weak", False)


def test_no_text_of_a_prompt_is_written_down(place):
    secret = "my password is swordfish"
    give(place, ask(place, "weak", secret), 1)
    place.terminate()
    for path in place.data_dir.rglob("*"):
        if path.is_file():
            assert b"swordfish" not in path.read_bytes(), path


def test_what_single_prompts_look_like_is_in_the_database_at_log_level_full_only(house, providers, storage):
    gateway = house.serve(providers, storage=storage)
    key, _ = gateway.new_key("app")
    full, _ = gateway.new_key("full", log="FULL")
    books = Books(gateway)
    mine = ask(gateway, "weak", question(HARD, 1), key)
    assert give(gateway, mine, 0, key)["learned"] and give(gateway, mine, preferred_over="strong", key=key)["learned"]
    body = {"messages": [{"role": "user", "content": question(HARD, 2)}]}
    assert gateway.call("POST", "/admin/v1/feedback", {"body": body, "model": "weak", "score": 0})[0] == 200
    assert [row["imprint"] for row in books.query("select imprint from feedback")] == ["", "", ""]
    # What one prompt has taught is nearly the prompt's numbers: it is sealed.
    known = books.query("select bytes from learned_models")
    assert len(known) == 2 and all(row["bytes"].startswith("v1:") for row in known)
    give(gateway, ask(gateway, "weak", question(HARD, 3), full), 0, full)
    assert len(books.query("select imprint from feedback order by number desc limit 1")[0]["imprint"]) == 2 * 209
    assert learned(gateway) == {"weak": 4, "strong": 1}


def test_where_learning_is_off_feedback_is_refused_with_the_reason(house, providers):
    gateway = house.serve(providers, learning={"enabled": False})
    mine = ask(gateway, "weak", "Hello!")
    assert "learning.enabled" in give(gateway, mine, 1, expect=409)["error"]["message"]


def test_metrics_tell_how_much_was_learned(place):
    give(place, ask(place, "weak", "Hello, who are you?"), 1)
    text = place.call("GET", "/metrics")[2].decode()
    for line in ("logos_learning_lessons_total 1", "logos_learning_feedback_total 1",
                 "logos_learning_remembered_requests 1", "logos_learning_dropped_total 0"):
        assert line in text, line
