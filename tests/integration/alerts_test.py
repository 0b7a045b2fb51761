# SPDX-License-Identifier: MIT
"""Whoever wants to know is told that a budget is spent: signed, once for each threshold, and nobody else is knocked at."""

import hashlib
import hmac
import http.server
import json
import socket
import threading
import time

import pytest

from support.programs import eventually, provider

FIXED = "fixed:speed=0,prefill=0,tokens=10"
PRICE = {"model": "fixed", "token_type": "completion_tokens", "valid_from": "2026-01-01T00:00:00Z",
         "price_per_k_token": "1", "currency": "EUR"}  # ten tokens cost 0.01
SECRET = "what the receiver shares with us"


class Receiver:
    """Keeps what it is sent, and answers with the statuses that it was given, then with 204."""

    def __init__(self, *statuses):
        self.got = []
        self._statuses = list(statuses)
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.got.append((dict(self.headers.items()), body))
                self.send_response(outer._statuses.pop(0) if outer._statuses else 204)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def thresholds(self):
        return sorted(json.loads(body)["threshold_percent"] for _, body in self.got)

    def end(self):
        self._server.shutdown()
        self._server.server_close()


def serve(house, storage, cloud, folder=None, alerts=None):
    more = {"alerts": alerts} if alerts is not None else {}
    return house.serve([provider("cloud", cloud, "fixed", parallel=64)], folder=folder, storage=storage, **more)


def shop(house, storage, alerts=None):
    cloud = house.simulate(FIXED)
    gateway = serve(house, storage, cloud, alerts=alerts)
    gateway.admin("POST", "/prices", PRICE)
    return gateway, cloud


def budget(gateway, process_id, **more):
    return gateway.admin("POST", "/budgets", {"scope": "process", "scope_id": process_id, "period": "total",
                                              "amount": "0.04", "currency": "EUR", "hard": False, **more})


def ask(gateway, key):
    status, _, text = gateway.chat("fixed", key=key, max_tokens=10)
    assert status == 200, text


def alerts_of(gateway, **filters):
    query = "&".join(f"{k}={v}" for k, v in filters.items())
    return gateway.admin("GET", f"/alerts?{query}")["data"]


def check_signature(headers, body, secret):
    headers = {k.lower(): v for k, v in headers.items()}
    parts = dict(part.split("=", 1) for part in headers["x-logos-signature"].split(","))
    wanted = hmac.new(secret.encode(), f"{parts['t']}.".encode() + body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(parts["v1"], wanted)
    assert abs(time.time() - int(parts["t"])) < 300
    assert headers["x-logos-alert-id"] == json.loads(body)["id"]


def test_each_threshold_is_told_once_signed_and_not_again_after_a_kill(house, storage):
    receiver = Receiver()
    allow = {"allow": ["127.0.0.1"]}
    gateway, cloud = shop(house, storage, allow)
    key, process_id = gateway.new_key("app")
    made = budget(gateway, process_id, alert_at_percent=[50, 100], alert_url=receiver.url)
    secret = made["alert_secret"]
    ask(gateway, key)
    assert not receiver.got
    ask(gateway, key)
    eventually(lambda: receiver.got, 10, "an alert at half of the budget")
    headers, body = receiver.got[0]
    check_signature(headers, body, secret)
    told = json.loads(body)
    assert {k: told[k] for k in ("type", "budget_id", "name", "scope", "scope_id", "period", "period_end",
                                 "threshold_percent", "amount_nano", "spent_nano", "currency")} == {
        "type": "budget.threshold", "budget_id": made["id"], "name": "app", "scope": "process",
        "scope_id": process_id, "period": "total", "period_end": None, "threshold_percent": 50,
        "amount_nano": 40_000_000, "spent_nano": 20_000_000, "currency": "EUR"}
    ask(gateway, key)
    ask(gateway, key)
    eventually(lambda: len(alerts_of(gateway, state="delivered")) == 2, 15, "both to be delivered")
    assert receiver.thresholds() == [50, 100]
    for headers, body in receiver.got:
        check_signature(headers, body, secret)
    assert secret not in json.dumps(gateway.admin("GET", "/budgets")) + json.dumps(gateway.admin("GET", "/events"))

    gateway.kill()
    gateway = serve(house, storage, cloud, gateway.folder, allow)
    ask(gateway, key)  # what was spent before has been read when it is answered
    gateway.terminate()
    gateway = serve(house, storage, cloud, gateway.folder, allow)
    ask(gateway, key)
    eventually(lambda: b"logos_alerts_pending 0" in gateway.call("GET", "/metrics")[2], 10, "ALERTS to have looked")
    assert receiver.thresholds() == [50, 100]
    assert len(alerts_of(gateway)) == 2
    receiver.end()


@pytest.mark.timeout(200)
def test_what_was_passed_when_the_process_was_killed_is_told_by_the_next(house, storage):
    receiver = Receiver()
    gateway, cloud = shop(house, storage)
    key, process_id = gateway.new_key("app")
    budget(gateway, process_id, alert_at_percent=[50])
    ask(gateway, key)
    ask(gateway, key)
    gateway.kill()  # whether or not it has seen that
    gateway = serve(house, storage, cloud, gateway.folder)
    ask(gateway, key)
    eventually(lambda: len(alerts_of(gateway)) == 1, 15, "the threshold to be on the books")
    # The first process may have died while it held the alert: that is another's after two minutes.
    eventually(lambda: alerts_of(gateway, state="unaddressed"), 150, "it to be shown, as nobody is to be told")
    receiver.end()


def test_a_receiver_that_fails_is_asked_again(house):
    receiver = Receiver(500, 302)
    gateway, _ = shop(house, "sqlite", {"url": receiver.url, "secret": SECRET, "allow": ["127.0.0.0/8"]})
    key, process_id = gateway.new_key("app")
    budget(gateway, process_id, alert_at_percent=25)
    ask(gateway, key)
    eventually(lambda: len(receiver.got) == 3, 45, "the third attempt")
    ids = {json.loads(body)["id"] for _, body in receiver.got}
    assert len(ids) == 1, "the receiver can tell that it is the same"
    for headers, body in receiver.got:
        check_signature(headers, body, SECRET)
    told = eventually(lambda: alerts_of(gateway, state="delivered"), 10, "it to be delivered")
    assert (told[0]["attempts"], told[0]["last_error"]) == (3, None)
    _, _, metrics = gateway.call("GET", "/metrics")
    assert b"logos_alerts_delivered_total 1" in metrics and b"logos_alerts_refused_total 2" in metrics
    receiver.end()


def test_nobody_is_reached_whom_the_operator_has_not_allowed(house):
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.setblocking(False)
        port = trap.getsockname()[1]
        gateway, _ = shop(house, "sqlite")
        key, process_id = gateway.new_key("app")
        for url in (f"https://127.0.0.1:{port}/", f"https://localhost:{port}/", f"http://127.0.0.1:{port}/",
                    "https://169.254.169.254/latest/meta-data", f"https://[::ffff:127.0.0.1]:{port}/",
                    "https://user:pass@hooks.example.org/"):
            status, _, text = gateway.call("POST", "/admin/v1/budgets", {
                "scope": "process", "scope_id": process_id, "period": "total", "amount": "1", "currency": "EUR",
                "alert_url": url})
            assert status == 400 and json.loads(text)["param"] == "alert_url", (url, status, text)
        # A name of which only the resolver knows what it stands for: refused when it is to be reached.
        made = budget(gateway, process_id, alert_at_percent=25, alert_url=f"https://0x7f000001:{port}/")
        ask(gateway, key)
        tried = eventually(lambda: [a for a in alerts_of(gateway) if a["attempts"] >= 2], 30, "two attempts")
        assert "loopback" in tried[0]["last_error"] and tried[0]["state"] == "pending"
        gateway.admin("POST", f"/budgets/{made['id']}/test-alert", expect=202)
        failed = eventually(lambda: alerts_of(gateway, state="failed"), 15, "the test to fail")
        assert failed[0]["threshold_percent"] is None and "loopback" in failed[0]["last_error"]
        # The installation's own address is no exception.
        for url in (f"https://127.0.0.1:{port}/", "https://169.254.169.254/"):
            other = house.simulate(FIXED)
            node = serve(house, "sqlite", other, alerts={"url": url, "secret": SECRET})
            node.admin("POST", "/prices", PRICE)
            key, process_id = node.new_key("app")
            budget(node, process_id, alert_at_percent=25)
            ask(node, key)
            eventually(lambda: [a for a in alerts_of(node) if a["last_error"]], 15, "an attempt")
        try:
            trap.accept()
            raise AssertionError("somebody knocked")
        except BlockingIOError:
            pass
