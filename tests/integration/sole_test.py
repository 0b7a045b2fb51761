# SPDX-License-Identifier: MIT
"""Gateways that do not know of each other never work on one database: each would spend its budgets."""

import os
import shutil
import signal
import socket
import threading
import time

import psycopg
import pytest

from support.programs import SLOWNESS, eventually, provider, run_logos, write_configuration

SECRET = "one secret key for every gateway"
STREAMED = {"model": "slow", "stream": True, "messages": [{"role": "user", "content": "Hello!"}]}


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Place:
    """A PostgreSQL, and gateways that want it."""

    def __init__(self, house, postgres):
        self.house = house
        self.database = postgres.new_database()
        self.terms = {"storage": self.database, "secret_key": SECRET}
        self.cloud = house.simulate("quick:speed=0,prefill=0,tokens=4", "slow:speed=40,prefill=0,tokens=120")
        self.providers = [provider("cloud", self.cloud, "quick", "slow")]

    def serve(self, **more):
        return self.house.serve(self.providers, **self.terms, **more)

    def attempt(self, folder=None, seconds=30, **more):
        """A start that is to fail: exit code and what it said."""
        folder = folder or self.house.folder()
        write_configuration(folder, {"listen": "127.0.0.1:0", "data_dir": str(folder / "data"), **self.terms, **more})
        code, _, error = run_logos("serve", folder=folder, seconds=seconds)
        return code, error

    def begin(self, name="second"):
        """A start that may have to wait."""
        folder = self.house.folder()
        write_configuration(folder, {"listen": "127.0.0.1:0", "data_dir": str(folder / "data"), **self.terms})
        return self.house.logos("serve", folder=folder)

    def execute(self, sql):
        with psycopg.connect(self.database, autocommit=True) as link:
            done = link.execute(sql)
            return done.fetchall() if done.description else None


@pytest.fixture
def place(house, postgres):
    return Place(house, postgres)


def cluster_of(node):
    return {"name": "test", "node": node, "listen": f"127.0.0.1:{free_port()}"}


def test_a_second_gateway_that_stands_alone_is_refused_and_names_the_first(place):
    first = place.serve()
    code, error = place.attempt()
    assert code == 2, error
    told = error.strip().splitlines()[-1]
    assert f"process {first.process.pid} " in told and f":{first.port} " in told and "cluster" in told
    assert first.chat("quick")[0] == 200
    assert place.execute("select count(*) from leases where resource = 'gateway' and expires_at > now()") == [(1,)]


def test_commands_work_beside_a_gateway_that_stands_alone(place):
    first = place.serve()
    code, out, error = run_logos("key", "create", "made-beside", folder=first.folder)
    assert code == 0, error
    assert "made-beside" in run_logos("key", "list", folder=first.folder)[1]
    folder = place.house.folder()
    write_configuration(folder, {"data_dir": str(folder / "data"), **place.terms})
    code, out, error = run_logos("key", "list", folder=folder)
    assert code == 0 and "made-beside" in out, error
    code, _, error = run_logos("migrate", folder=folder)
    assert code == 0, error


def test_who_was_killed_does_not_hold_up_its_successor(place):
    first = place.serve()
    for _ in range(2):
        first.kill()
        begun = time.monotonic()
        first = place.serve(folder=first.folder)
        assert time.monotonic() - begun < 10 * SLOWNESS and "Waiting for another gateway" not in first.text
    assert first.chat("quick")[0] == 200


def test_who_has_ended_in_good_order_does_not_hold_up_a_successor_elsewhere(place):
    assert place.serve().terminate() == 0
    second = place.serve()
    assert "Waiting for another gateway" not in second.text


def test_a_successor_waits_while_its_predecessor_drains(place):
    first = place.serve()
    answers = []
    client = threading.Thread(target=lambda: answers.append(first.call("POST", "/v1/chat/completions", STREAMED)))
    client.start()
    eventually(lambda: place.cloud.stats()["total"]["in_flight"] == 1, 10, "the stream")
    first.signal(signal.SIGTERM)
    second = place.begin()
    second.says("Waiting for another gateway")
    second.says("serves at", 30)
    client.join()
    assert answers[0][0] == 200 and answers[0][2].endswith(b"data: [DONE]\n\n")
    assert first.wait() == 0


def test_who_is_silent_elsewhere_is_waited_for_until_its_right_ends(place):
    place.serve().kill()
    second = place.begin()
    second.says("Waiting for another gateway")
    assert "serves at" not in second.text
    place.execute("update leases set expires_at = now() where resource = 'gateway'")
    second.says("serves at")


def test_a_copy_of_the_folder_does_not_vouch_for_the_end_of_the_original(place):
    first = place.serve()
    folder = place.house.folder()
    shutil.copytree(first.data_dir, folder / "data")
    code, error = place.attempt(folder)
    assert code == 2 and f"process {first.process.pid} " in error, error


def test_a_gateway_whose_right_another_has_taken_ends(place):
    first = place.serve()
    place.execute("update leases set incarnation = 'another', node = 'process 7 elsewhere', "
                  "expires_at = now() + interval '1 minute' where resource = 'gateway'")
    assert first.wait(20) == 1
    assert "process 7 elsewhere" in first.text
    assert place.execute("select incarnation from leases where resource = 'gateway'") == [("another",)]


def test_a_gateway_goes_on_when_its_connection_was_cut(place):
    first = place.serve()
    place.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() "
                  "and pid <> pg_backend_pid()")
    renewed = "select expires_at from leases where resource = 'gateway'"
    before = place.execute(renewed)
    eventually(lambda: place.execute(renewed) > before, 10, "its right again")
    assert first.chat("quick")[0] == 200 and first.running


def test_beside_a_cluster_none_stands_alone(place):
    node = place.serve(cluster=cluster_of("node-a"))
    eventually(lambda: place.execute("select count(*) from nodes") == [(1,)], 10, "a member")
    code, error = place.attempt()
    assert code == 2 and "node-a" in error and "cluster" in error, error
    assert place.execute("select count(*) from leases where resource = 'gateway'") == [(0,)]
    assert node.chat("quick")[0] == 200 and node.running, "the nodes stay"
    node.kill()
    assert place.serve().chat("quick", key=node.root_key)[0] == 200


def test_beside_one_that_stands_alone_no_node_of_a_cluster_starts(place):
    first = place.serve()
    code, error = place.attempt(cluster=cluster_of("node-a"))
    assert code == 2 and f"process {first.process.pid} " in error, error
    assert place.execute("select count(*) from nodes") == [(0,)]
    first.kill()
    assert place.serve(folder=first.folder, cluster=cluster_of("node-a")).chat("quick")[0] == 200


def test_sqlites_file_is_one_gateways_however_it_is_reached(house):
    first = house.serve([])
    folder = house.folder()
    (folder / "data").mkdir()
    os.symlink(first.data_dir / "logos.db", folder / "data" / "logos.db")
    shutil.copy(first.data_dir / "secret.key", folder / "data" / "secret.key")
    write_configuration(folder, {"listen": "127.0.0.1:0", "data_dir": str(folder / "data")})
    code, _, error = run_logos("serve", folder=folder)
    assert code == 2 and f"process {first.process.pid} (logos)" in error and "logos.db" in error, error
    assert first.terminate() == 0
    second = house.logos("serve", folder=folder)
    second.says("serves at")
