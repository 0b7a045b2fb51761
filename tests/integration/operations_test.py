# SPDX-License-Identifier: MIT
"""Starting, reloading, stopping, and the other commands, as an operator does them."""

import http.client
import json
import os
import re
import signal
import stat
import subprocess
import threading

import pytest

from support.books import Books
from support.load import Load
from support.programs import eventually, provider, run_logos, write_configuration

QUICK = "chat:speed=0,prefill=0,tokens=24"
SLOW = "slow:speed=40,prefill=0,tokens=80"


@pytest.mark.parametrize("number", ["99999999999999999999", "0", "1x"])
def test_what_is_no_id_is_refused_as_one(house, number):
    code, _, words = run_logos("key", "--data-dir", "data", "revoke", number, folder=house.folder())
    assert code == 2
    assert f"'{number}' is not an id" in words


def test_a_dead_provider_is_named_by_address_in_the_log_only(house):
    cloud = house.simulate(QUICK)
    gateway = house.serve([provider("cloud", cloud, "chat")])
    assert gateway.chat("chat")[0] == 200
    cloud.terminate()
    said, answers = len(gateway.text), []
    for _ in range(5):
        status, _, text = gateway.chat("chat")
        assert status in (502, 503)
        answers.append(text.decode())
    assert all("127.0.0.1" not in text and str(cloud.port) not in text for text in answers), answers
    gateway.says(rf"cloud at 127\.0\.0\.1:{cloud.port} is unreachable", 30, start=said)


def test_the_environment_configures_a_first_provider(house):
    cloud = house.simulate(QUICK)
    gateway = house.serve([], environment={"PROVIDER_NAME": "mine", "BASE_URL": cloud.url + "/v1"})
    assert [p["name"] for p in gateway.admin("GET", "/providers")["data"]] == ["mine"]
    assert "No provider is configured" not in gateway.text
    lines = re.findall(r"^  (curl .*)$", gateway.text, re.MULTILINE)
    assert len(lines) == 2 and "/admin/v1/models" in lines[0] and "/admin/v1/deployments" in lines[1]
    for line in lines:
        done = subprocess.run(["sh", "-c", line.replace("MODEL", "chat")], capture_output=True, timeout=60)
        assert b'"id":' in done.stdout, done
    assert gateway.chat("chat")[0] == 200


def test_the_demo_answers_the_printed_curl_line(house):
    folder = house.folder()
    demo = house.logos("serve", "--demo", "--listen", "127.0.0.1:0", "--data-dir", str(folder / "data"), folder=folder)
    line = demo.says(r"(curl -N .*)\n")[1]
    done = subprocess.run(["sh", "-c", line], capture_output=True, timeout=60)
    assert done.stdout.endswith(b"data: [DONE]\n\n"), done


def test_texts_are_counted_taken_apart_and_put_together_without_a_provider(town):
    key, _ = town.gateway.new_key("counts tokens")

    def extras(path, body, **more):
        status, _, text = town.gateway.call("POST", "/extras/" + path, body, **{"key": key, **more})
        return status, json.loads(text)

    text = "Zażółć gęślą jaźń 👩‍👩‍👧‍👦 and 日本語 <|endoftext|>\r\n"
    status, apart = extras("tokenize", {"model": "gpt-4o", "input": text})
    assert (status, apart["encoding"]) == (200, "o200k_base")
    assert extras("tokenize/count", {"input": text}) == (200, {"count": len(apart["tokens"]), "exact": True,
                                                             "encoding": "o200k_base"})
    assert extras("detokenize", {"tokens": apart["tokens"]}) == (200, {"text": text})
    status, chat = extras("tokenize/count", {"model": "gpt-4", "messages": [{"role": "user", "content": "Hello world"}]})
    assert (status, chat) == (200, {"count": 9, "exact": True, "encoding": "cl100k_base"})
    status, estimate = extras("tokenize/count", {"model": "llama3.1:8b", "input": text})
    assert status == 200 and estimate["exact"] is False and estimate["count"] > 0

    status, wrong = extras("tokenize", {"model": "llama3.1:8b", "input": text})
    assert (status, wrong["error"]["param"]) == (400, "model") and "gpt-4o" in wrong["error"]["message"]
    status, wrong = extras("tokenize", {"inputs": text})
    assert (status, wrong["error"]["param"]) == (400, "inputs") and "'input'" in wrong["error"]["message"]
    assert extras("tokenize", {"input": text}, key="")[0] == 401
    assert extras("tokenize", {"input": text}, key="lg-wrong")[0] == 401
    status, headers, _ = town.gateway.call("GET", "/extras/tokenize", key=key)
    assert (status, headers["allow"]) == (405, "POST")


def test_large_texts_are_counted_while_requests_go_on(town):
    answers = []
    texts = ["a" * 3_000_000, " " * 3_000_000, "".join(chr(0x4E00 + i * 7919 % 20000) for i in range(1_000_000))]

    def count(text):
        status, _, answer = town.gateway.call("POST", "/extras/tokenize/count", {"input": text})
        answers.append((status, json.loads(answer)))

    threads = [threading.Thread(target=count, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for _ in range(5):
        assert town.gateway.chat("chat")[0] == 200
    for thread in threads:
        thread.join()
    assert [status for status, _ in answers] == [200] * 3, answers
    assert {375_000, 23_438} <= {answer["count"] for _, answer in answers}, answers


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_lets_a_running_stream_come_to_its_end(house, stop):
    cloud = house.simulate(SLOW)
    gateway = house.serve([provider("cloud", cloud, "slow")])
    link = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=30)
    link.request("POST", "/v1/chat/completions", json.dumps({"model": "slow", "stream": True, "messages": []}),
                 {"authorization": f"Bearer {gateway.root_key}", "content-type": "application/json"})
    answer = link.getresponse()
    request_id, text = answer.headers["x-request-id"], answer.read1()
    gateway.signal(stop)

    def refused():
        try:
            return gateway.chat("slow", timeout=5)[0] == 503
        except OSError:
            return True

    eventually(refused, 5, "no new requests")
    text += answer.read()
    assert text.endswith(b"data: [DONE]\n\n")
    assert gateway.wait() == 0
    row = Books(gateway).row(request_id)
    assert row["result_status"] == "success"


def test_a_stop_cuts_what_does_not_end_within_the_time_to_drain(house):
    cloud = house.simulate("endless:speed=10,prefill=0,tokens=4000")
    gateway = house.serve([provider("cloud", cloud, "endless", parallel=2)], limits={"drain": "500ms"})

    def ask(stream):
        link = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=30)
        link.request("POST", "/v1/chat/completions", json.dumps({"model": "endless", "stream": stream, "messages": []}),
                     {"authorization": f"Bearer {gateway.root_key}", "content-type": "application/json"})
        return link

    streaming, waiting = ask(True), ask(False)
    answer = streaming.getresponse()
    answer.read1()
    eventually(lambda: cloud.stats()["total"]["in_flight"] == 2, 5, "both requests at the provider")
    assert gateway.terminate(10) == 0
    eventually(lambda: cloud.stats()["total"]["in_flight"] == 0, 3, "an end at the provider")
    last = answer.read().split(b"data: ")[-1]
    assert json.loads(last)["error"]["code"] == "shutting_down"
    refusal = waiting.getresponse()
    assert (refusal.status, json.loads(refusal.read())["error"]["code"]) == (503, "shutting_down")
    for one in (answer, refusal):
        row = Books(gateway).row(one.headers["x-request-id"])
        assert (row["result_status"], row["error_code"]) == ("error", "shutting_down")


def test_a_stop_while_idle_is_quick(house):
    import time
    cloud = house.simulate(QUICK)
    gateway = house.serve([provider("cloud", cloud, "chat")])
    idle = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=30)
    idle.request("GET", "/health")
    idle.getresponse().read()
    begun = time.monotonic()
    assert gateway.terminate() == 0
    assert time.monotonic() - begun < 5
    idle.close()


def test_a_reload_adds_a_model_and_drops_no_connection(house):
    cloud = house.simulate(QUICK, "other:speed=0,prefill=0,tokens=2", SLOW)
    gateway = house.serve([provider("cloud", cloud, "chat", "slow", parallel=32)])
    assert gateway.chat("other")[0] == 404
    load, stream = Load(gateway, "chat", clients=4), Load(gateway, "slow", clients=2)
    eventually(lambda: len(load.finished()) > 20, 10, "a load")
    for models in (["chat", "slow", "other"], ["chat", "slow"], ["chat", "slow", "other"]):
        said = len(gateway.text)
        write_configuration(gateway.folder, {**gateway.settings, "providers": [provider("cloud", cloud, *models, parallel=32)]})
        gateway.signal(signal.SIGHUP)
        gateway.says("Reload: done", start=said)
        assert gateway.chat("other")[0] == (200 if "other" in models else 404)
    for one in (load, stream):
        one.stop()
        assert not one.failures()
    assert stream.finished()


def test_a_reload_of_a_bad_file_keeps_the_old_configuration(house):
    cloud = house.simulate(QUICK)
    gateway = house.serve([provider("cloud", cloud, "chat")])
    load = Load(gateway, "chat", clients=2)
    for bad in ("providers: [\n", "providers: []\nunknown_key: 1\n", "listen: nowhere\n"):
        said = len(gateway.text)
        (gateway.folder / "logos.yaml").write_text(bad)
        gateway.signal(signal.SIGHUP)
        gateway.says("old one stays in force", start=said)
        assert re.search(r"logos\.yaml:\d+", gateway.text[said:])
        assert gateway.chat("chat")[0] == 200
    load.stop()
    assert not load.failures()


def test_a_reload_without_the_file_of_the_start_keeps_the_old_configuration(house):
    cloud = house.simulate(QUICK)
    gateway = house.serve([provider("cloud", cloud, "chat")])
    (gateway.folder / "logos.yaml").rename(gateway.folder / "away.yaml")
    gateway.signal(signal.SIGHUP)
    gateway.says("old one stays in force")
    assert "logos.yaml" in gateway.text and "Reload: done" not in gateway.text
    assert [p["name"] for p in gateway.admin("GET", "/providers")["data"]] == ["cloud"]
    assert gateway.chat("chat")[0] == 200


def test_a_second_start_on_the_same_data_names_who_holds_it(house):
    gateway = house.serve([])
    code, _, error = run_logos("serve", "--listen", "127.0.0.1:0", "--data-dir", str(gateway.data_dir), folder=house.folder())
    assert code == 2
    assert f"process {gateway.process.pid} (logos)" in error and str(gateway.data_dir) in error


def test_a_second_start_on_the_same_port_names_who_holds_it(house):
    gateway = house.serve([])
    folder = house.folder()
    code, _, error = run_logos("serve", "--listen", f"127.0.0.1:{gateway.port}", "--data-dir", str(folder / "d"), folder=folder)
    assert code == 2
    assert str(gateway.port) in error and str(gateway.process.pid) in error


@pytest.mark.parametrize("text, line, wanted", [
    ("listen: 127.0.0.1:0\nprovidres: []\n", 2, "providers"),
    ("limits:\n  queue_wiat: 3s\n", 2, "queue_wait"),
    ("providers:\n  - name: a\n    type: openia\n    base_url: http://h\n", 3, "openai"),
    ("listen: 127.0.0.1:99999\n", 1, "listen"),
    ("limits: { drain: soon }\n", 1, "drain"),
    ("a: [\n", 2, ""),
    ("cluster: { name: c, node: n, listen: 127.0.0.1:0 }\n", 1, "PostgreSQL"),
    ("storage: mysql://h\n", 1, "storage")])
def test_a_wrong_configuration_is_told_by_file_line_and_nearest_key(house, text, line, wanted):
    folder = house.folder()
    (folder / "logos.yaml").write_text(text)
    for command in (("check",), ("serve", "--data-dir", str(folder / "d"))):
        code, _, error = run_logos(*command, folder=folder)
        assert code == 2, error
        assert re.search(rf"logos\.yaml:{line}\b", error), error
        assert wanted.lower() in error.lower(), error
    assert not (folder / "d").exists()


def test_a_right_configuration_is_checked_without_starting_anything(house):
    folder = house.folder()
    (folder / "logos.yaml").write_text("providers: [{name: a, base_url: 'http://127.0.0.1:9', models: [m, n]}]\n")
    code, out, _ = run_logos("check", folder=folder)
    assert code == 0 and "1 providers with 2 models" in out
    assert os.listdir(folder) == ["logos.yaml"]


def test_keys_are_made_listed_rotated_and_revoked_on_the_command_line(house):
    cloud = house.simulate(QUICK)
    gateway = house.serve([provider("cloud", cloud, "chat")])

    def command(*arguments):
        code, out, error = run_logos("key", *arguments, folder=gateway.folder)
        assert code == 0, error
        return out

    made = command("create", "by-hand", "--model", "chat")
    key = re.search(r"lg-by_hand-\S+", made)[0]
    process_id = re.search(r"Process (\d+)", made)[1]
    eventually(lambda: gateway.chat("chat", key=key)[0] == 200, 5, "the new key in force")
    assert "by-hand" in command("list") and key not in command("list")
    fresh = re.search(r"lg-by_hand-\S+", command("rotate", process_id))[0]
    eventually(lambda: gateway.chat("chat", key=key)[0] == 401, 5, "the end of the old key")
    assert gateway.chat("chat", key=fresh)[0] == 200
    command("revoke", process_id)
    eventually(lambda: gateway.chat("chat", key=fresh)[0] == 401, 5, "the end of the key")
    code, _, error = run_logos("key", "revoke", "424242", folder=gateway.folder)
    assert code != 0 and error
    code, _, error = run_logos("key", "create", "x", "--model", "nobody", folder=gateway.folder)
    assert code == 2 and "nobody" in error


def test_migrate_brings_a_database_up_to_date_and_does_it_once(house, storage):
    folder = house.folder()
    write_configuration(folder, {"storage": storage, "data_dir": str(folder / "data")})
    code, out, error = run_logos("migrate", folder=folder)
    assert code == 0 and out.count("Applied migration") >= 4, error
    code, out, _ = run_logos("migrate", folder=folder)
    assert (code, out) == (0, "The database is up to date.\n")


def test_what_migrate_makes_is_its_owners(house):
    folder = house.folder()
    write_configuration(folder, {"data_dir": str(folder / "data")})
    assert run_logos("migrate", folder=folder)[0] == 0
    assert stat.S_IMODE((folder / "data").stat().st_mode) == 0o700
    made = [file for file in (folder / "data").rglob("*") if file.is_file()]
    assert made and {stat.S_IMODE(file.stat().st_mode) for file in made} == {0o600}


def test_another_secret_key_on_the_same_database_is_refused(house, postgres):
    storage = postgres.new_database()
    house.serve([], storage=storage, secret_key="the first secret key of all")
    folder = house.folder()
    write_configuration(folder, {"listen": "127.0.0.1:0", "storage": storage, "data_dir": str(folder / "d"),
                                 "secret_key": "quite another secret key"})
    code, _, error = run_logos("serve", folder=folder)
    assert code == 2 and "secret" in error.lower()
    assert "quite another" not in error


def test_a_start_that_waits_for_its_database_says_so_and_can_be_stopped(house):
    folder = house.folder()
    write_configuration(folder, {"listen": "127.0.0.1:0", "data_dir": str(folder / "d"),
                                 "storage": "postgresql://logos:geheim@127.0.0.1:1/none?connect_timeout=1"})
    waiting = house.logos("serve", folder=folder)
    waiting.says("(?i)database does not answer", 20)
    assert waiting.terminate(10) == 0
    assert "geheim" not in waiting.text


def test_every_command_explains_itself(house):
    folder = house.folder()
    code, out, _ = run_logos("version", folder=folder)
    assert code == 0 and re.fullmatch(r"logos \d+\.\d+\.\d+\S*\n", out)
    assert run_logos("--version", folder=folder)[:2] == (0, out)
    for words in ([], ["serve"], ["simulate"], ["check"], ["migrate"], ["key"], ["key", "create"], ["version"]):
        code, out, _ = run_logos(*words, "--help", folder=folder)
        assert code == 0 and "Usage" in out, words
    for words in ([], ["fly"], ["serve", "--fly"], ["key"], ["key", "create"], ["key", "rotate", "x"], ["simulate", "--model", ":="]):
        code, out, error = run_logos(*words, folder=folder)
        assert code == 2 and (error or out), words
    assert not os.listdir(folder)


@pytest.mark.parametrize("words, wrong, meant", [(["chekc"], "chekc", "check"), (["key", "revok", "1"], "revok", "revoke")])
def test_an_unknown_command_is_named_with_the_nearest(house, words, wrong, meant):
    code, _, error = run_logos(*words, folder=house.folder())
    assert code == 2
    assert f"'{wrong}'" in error and f"did you mean '{meant}'" in error


def test_the_simulator_lists_its_faults(house):
    _, out, _ = run_logos("simulate", "--help", folder=house.folder())
    for kind in ("status", "hang", "cut_mid_stream", "malformed_sse", "reset"):
        assert kind in out
    assert "refuse:" not in out and "refuse," not in out


def test_requests_go_on_while_keys_and_models_change_all_the_time(house):
    cloud = house.simulate(QUICK)
    gateway = house.serve([provider("cloud", cloud, "chat", parallel=32)])
    load = Load(gateway, "chat", clients=4)
    for n in range(30):
        _, process_id = gateway.new_key(f"passing-{n}")
        gateway.admin("DELETE", f"/processes/{process_id}")
    load.stop()
    assert len(load.finished()) > 30 and not load.failures()
