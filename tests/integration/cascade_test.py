# SPDX-License-Identifier: MIT
"""A cascade over HTTP: a cheap model answers first, and a strong one only when that answer fails a check."""

import contextlib
import http.client
import http.server
import json
import threading
import time

import pytest

from support.books import Books
from support.programs import eventually

REFUSED = "I'm sorry, but I can't help with that."
ANSWERED = "The answer is 42."
PRICES = [{"model": name, "token_type": kind, "valid_from": "2020-01-01", "price_per_k_token": price}
          for name, kind, price in (("weak", "prompt_tokens", 0.001), ("weak", "completion_tokens", 0.002),
                                    ("strong", "prompt_tokens", 0.01), ("strong", "completion_tokens", 0.02))]
WEAK_COST, STRONG_COST = 5 * 1_000 + 2 * 2_000, 5 * 10_000 + 2 * 20_000  # nano-units, of 5 and 2 tokens


class Scholar(http.server.BaseHTTPRequestHandler):
    """A provider that says what the test has put into `server.says`, by model, and keeps what it was asked."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_body(b'{"object":"list","data":[]}')

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append(asked)
        said = self.server.says[asked["model"]]
        if callable(said):
            said = said()
        usage = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
        if not asked.get("stream"):
            choice = {"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": "stop"}
            if asked["model"] in self.server.odds:
                choice["logprobs"] = {"content": [{"token": "a", "logprob": self.server.odds[asked["model"]]}]}
            return self.send_body(json.dumps({"object": "chat.completion", "choices": [choice], "usage": usage},
                                             indent=1).encode())
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        words = said.split(" ")
        for number, word in enumerate(words):
            self.send_event({"choices": [{"index": 0, "delta": {"content": word if number == 0 else " " + word}}]})
            time.sleep(self.server.pause)
        self.send_event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        self.send_event({"choices": [], "usage": usage})
        self.send_chunk(b"data: [DONE]\n\n")
        self.send_chunk(b"")

    def send_event(self, event):
        self.send_chunk(b"data: " + json.dumps(event).encode() + b"\n\n")

    def send_chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def send_body(self, body):
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def scholar():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Scholar)
    server.asked, server.odds, server.pause = [], {}, 0
    server.says = {"weak": ANSWERED, "strong": ANSWERED}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def open_school(house, scholar, storage, **more):
    gateway = house.serve([{"name": "school", "type": "openai", "base_url": f"http://127.0.0.1:{scholar.server_port}",
                            "privacy": "LOCAL", "models": [{"name": "weak", "quality": 1},
                                                           {"name": "strong", "quality": 30}]}],
                          storage=storage, prices=PRICES, policies=[
                              {"name": "thrifty", "threshold_privacy": "CLOUD_NOT_IN_EU_BY_US_PROVIDER",
                               "threshold_cost": -1024, "cascade": {"checks": ["refusal", "empty"]}},
                              {"name": "strict", "threshold_privacy": "CLOUD_NOT_IN_EU_BY_US_PROVIDER",
                               "threshold_cost": -1024,
                               "cascade": {"checks": ["schema", "confidence"], "min_confidence": 0.6}}], **more)
    gateway.scholar = scholar
    return gateway


@pytest.fixture
def school(house, scholar, storage):
    return open_school(house, scholar, storage)


def ask(gateway, policy="thrifty", key=None, **fields):
    body = {"messages": [{"role": "user", "content": "What is the answer?"}], "max_tokens": 50, **fields}
    return gateway.call("POST", "/v1/chat/completions", body, key=key, headers={"policy": policy})


def said(answer):
    status, _, text = answer
    assert status == 200, text
    return json.loads(text)["choices"][0]["message"]["content"]


def models_asked(gateway):
    return [asked["model"] for asked in gateway.scholar.asked]


def rows(gateway, count):
    def found():
        listed = gateway.admin("GET", "/requests")["data"]
        return listed if len(listed) == count else None
    return eventually(found, what=f"{count} rows")


def test_a_good_answer_of_the_cheap_model_is_the_answer(school):
    answer = ask(school)
    assert said(answer) == ANSWERED and models_asked(school) == ["weak"]
    assert answer[1]["x-logos-model"] == "weak"
    assert answer[1]["x-logos-decision"].startswith("cascade; "), answer[1]
    assert "step=1; steps=2" in answer[1]["x-logos-decision"]
    row, = rows(school, 1)
    assert row["model"] == "weak" and row["request_id"] == answer[1]["x-request-id"]


def test_after_a_refusal_the_strong_model_answers_and_both_are_billed(school):
    school.scholar.says["weak"] = REFUSED
    answer = ask(school)
    assert said(answer) == ANSWERED and models_asked(school) == ["weak", "strong"]
    assert answer[2].startswith(b"{\n "), "byte for byte as the provider has it"
    assert answer[1]["x-logos-model"] == "strong"
    decision = answer[1]["x-logos-decision"]
    assert decision.startswith("escalated; ") and "step=2; steps=2; failed=refusal" in decision
    request = answer[1]["x-request-id"]
    both = {row["model"]: row for row in rows(school, 2)}
    assert both["strong"]["request_id"] == request != both["weak"]["request_id"]
    assert "dropped=refusal" in both["weak"]["decision"]
    why = school.admin("GET", f"/requests/{request}/why")["classification_statistics"]["cascade"]
    dropped, = why["dropped"]
    assert dropped["request_id"] == both["weak"]["request_id"] and dropped["failed"] == "refusal"
    assert (dropped["model"], dropped["prompt_tokens"], dropped["completion_tokens"]) == ("weak", 5, 2)
    assert dropped["cost_nano"] == WEAK_COST
    usage = school.admin("GET", "/usage?group_by=model")["data"]
    assert {u["model"]: round(float(u["cost"]) * 1e9) for u in usage} == {"weak": WEAK_COST, "strong": STRONG_COST}
    text = school.call("GET", "/metrics")[2].decode()
    assert sum(float(line.split()[-1]) for line in text.splitlines()
               if line.startswith("logos_cascade_escalations_total") and 'check="refusal"' in line) == 1


def test_the_last_answer_is_relayed_whatever_it_is(school):
    school.scholar.says = {"weak": REFUSED, "strong": REFUSED}
    assert said(ask(school)) == REFUSED and models_asked(school) == ["weak", "strong"]


def test_streams_are_judged_at_their_beginning(school):
    status, head, text = ask(school, stream=True)
    assert status == 200 and models_asked(school) == ["weak"] and text.endswith(b"data: [DONE]\n\n")
    assert head["x-logos-model"] == "weak"
    school.scholar.asked.clear()
    school.scholar.says["weak"] = REFUSED + " Ask me something else." * 40
    status, head, text = ask(school, stream=True)
    assert status == 200 and models_asked(school) == ["weak", "strong"] and head["x-logos-model"] == "strong"
    assert b"sorry" not in text and text.endswith(b"data: [DONE]\n\n")
    weak = [row for row in rows(school, 3) if "dropped" in row["decision"]]
    assert len(weak) == 1 and weak[0]["model"] == "weak"


def test_an_answer_that_is_not_of_the_form_asked_for_is_dropped(school):
    form = {"type": "json_schema", "json_schema": {"name": "a", "schema": {
        "type": "object", "properties": {"answer": {"type": "integer"}}, "required": ["answer"],
        "additionalProperties": False}}}
    school.scholar.says = {"weak": '{"answer": "42"}', "strong": '{"answer": 42}'}
    assert json.loads(said(ask(school, "strict", response_format=form))) == {"answer": 42}
    assert models_asked(school) == ["weak", "strong"]
    school.scholar.asked.clear()
    _, head, text = ask(school, "strict", response_format=form, stream=True)
    assert models_asked(school) == ["weak", "strong"] and b'\\"42\\"' not in text
    assert "failed=schema" in head["x-logos-decision"]
    school.scholar.asked.clear()
    school.scholar.says["weak"] = '{"answer": 41}'
    assert json.loads(said(ask(school, "strict", response_format=form))) == {"answer": 41}
    assert models_asked(school) == ["weak"]


def test_an_answer_that_its_model_is_not_sure_of_is_dropped(school):
    school.scholar.odds["weak"] = -1.0
    answer = ask(school, "strict", logprobs=True)
    assert said(answer) == ANSWERED and models_asked(school) == ["weak", "strong"]
    assert "failed=confidence" in answer[1]["x-logos-decision"]
    school.scholar.odds["weak"] = -0.1
    school.scholar.asked.clear()
    assert said(ask(school, "strict", logprobs=True)) and models_asked(school) == ["weak"]


def test_a_client_that_leaves_during_the_first_answer_causes_no_second(school):
    release = threading.Event()
    school.scholar.says["weak"] = lambda: (release.wait(20), REFUSED)[1]
    link = http.client.HTTPConnection("127.0.0.1", school.port)
    link.request("POST", "/v1/chat/completions", json.dumps({"messages": [{"role": "user", "content": "Hi"}]}),
                 {"authorization": f"Bearer {school.root_key}", "policy": "thrifty", "content-type": "application/json"})
    eventually(lambda: models_asked(school) == ["weak"], what="the first call")
    link.close()
    row, = rows(school, 1)
    release.set()
    assert row["result"] == "client_gone"
    assert said(ask(school, "strict")) == REFUSED, "the gateway goes on"
    assert models_asked(school) == ["weak", "weak"]


def test_a_budget_has_to_have_room_for_every_step(school):
    school.scholar.says["weak"] = REFUSED
    key, process = school.new_key("poor")
    budget = school.admin("POST", "/budgets", {"scope": "process", "scope_id": process, "period": "total",
                                               "amount": "0.0011", "currency": "EUR", "hard": True})
    # 50 tokens cost 0.0001 at one and 0.001 at the other, and there is a prompt.
    status, _, text = ask(school, key=key)
    assert status == 402, text
    assert models_asked(school) == []
    school.admin("PATCH", f"/budgets/{budget['id']}", {"amount": "0.01"})
    assert said(ask(school, key=key)) == ANSWERED

    def settled():
        text = school.call("GET", "/metrics")[2].decode()
        values = {line.split()[0]: float(line.split()[1]) for line in text.splitlines() if line.startswith("logos_ledger")}
        return (values["logos_ledger_settled_nano_total"], values["logos_ledger_outstanding_nano"])
    eventually(lambda: settled() == (WEAK_COST + STRONG_COST, 0), what="the sum of both")


def spent(gateway, budget):
    """What the budget and the books say was spent of it, once they agree, in nano-units."""
    def agreed():
        told = round(float(gateway.admin("GET", f"/budgets/{budget['id']}/balance")["spent"]) * 1e9)
        booked = sum(row["cost_nano"] for row in Books(gateway).query(
            f"select cost_nano from log_entry where process_id = {budget['scope_id']}"))
        return (told,) if told == booked else None
    return eventually(agreed, what="the budget to be what is booked")[0]


def has_rows(gateway, process, count):
    found = Books(gateway).query("select m.name, l.cost_nano from log_entry l join models m on m.id = l.model_id "
                                 f"where l.process_id = {process}")
    return found if len(found) == count else None


@pytest.mark.parametrize("stream", (False, True))
def test_a_gateway_that_is_killed_in_the_second_answer_bills_the_first_once_and_no_more_than_was_held(
        house, scholar, storage, stream):
    school = open_school(house, scholar, storage)
    release = threading.Event()
    scholar.says = {"weak": REFUSED, "strong": lambda: (release.wait(30), ANSWERED)[1]}
    key, process = school.new_key("app")
    budget = school.admin("POST", "/budgets", {"scope": "process", "scope_id": process, "period": "total",
                                               "amount": "1", "currency": "EUR", "hard": True})

    def leave_to_its_fate():
        with contextlib.suppress(OSError, http.client.HTTPException):
            ask(school, key=key, stream=stream)

    client = threading.Thread(target=leave_to_its_fate)
    client.start()
    try:
        eventually(lambda: "strong" in models_asked(school), what="the second call")
        held = school.admin("GET", f"/budgets/{budget['id']}/balance")["held"]
        school.kill()
        again = open_school(house, scholar, storage, folder=school.folder)
    finally:
        release.set()
    client.join()
    by_model = {row["name"]: row["cost_nano"] for row in eventually(lambda: has_rows(again, process, 2), what="rows")}
    assert by_model["weak"] == WEAK_COST
    assert spent(again, budget) == sum(by_model.values()) <= round(float(held) * 1e9)


def test_a_model_that_is_given_a_hard_budget_in_mid_cascade_is_not_asked(school):
    asked = threading.Event()
    school.scholar.says["weak"] = lambda: (asked.wait(30), REFUSED)[1]
    strong = next(m["id"] for m in school.admin("GET", "/models")["data"] if m["name"] == "strong")
    answers = []
    client = threading.Thread(target=lambda: answers.append(ask(school)))
    client.start()
    try:
        eventually(lambda: models_asked(school) == ["weak"], what="the first call")
        school.admin("POST", "/budgets", {"scope": "model", "scope_id": strong, "period": "total", "amount": "0",
                                          "currency": "EUR", "hard": True})
    finally:
        asked.set()
    client.join()
    assert said(answers[0]) == REFUSED and models_asked(school) == ["weak"]


def test_requests_that_name_a_model_or_cannot_be_judged_have_no_cascade(school):
    school.scholar.says["weak"] = REFUSED
    status, head, text = school.call("POST", "/v1/chat/completions", {"model": "weak", "messages": []},
                                     headers={"policy": "thrifty"})
    assert status == 200 and REFUSED in json.loads(text)["choices"][0]["message"]["content"]
    assert models_asked(school) == ["weak"]


def test_a_policys_cascade_is_edited_by_the_api(school):
    made = school.admin("POST", "/policies", {"name": "edited", "threshold_cost": -1024, "cascade": {
        "checks": ["truncated", "refusal"], "min_confidence": 0.25, "most_steps": 3}})
    assert made["cascade"] == {"checks": ["refusal", "truncated"], "min_confidence": 0.25, "most_steps": 3}
    path = f"/policies/{made['id']}"
    assert school.admin("PATCH", path, {"cascade": None})["cascade"] is None
    assert school.admin("PATCH", path, {"cascade": {"checks": ["tools"]}})["cascade"] == {
        "checks": ["tools"], "min_confidence": 0.5, "most_steps": 2}
    for wrong, told in (({"checks": ["refusals"]}, "cascade.checks"), ({"checks": []}, "cascade.checks"), ({}, "checks"),
                        ({"checks": ["tools"], "most_steps": 1}, "cascade.most_steps"),
                        ({"checks": ["tools"], "min_confidence": 1.5}, "cascade.min_confidence"),
                        ({"checks": ["tools"], "step": 2}, "step"), (["tools"], "cascade")):
        status, _, text = school.call("PATCH", "/admin/v1" + path, {"cascade": wrong})
        assert status == 400 and told in text.decode(), (wrong, status, text)
    assert school.admin("GET", path)["cascade"]["checks"] == ["tools"]
