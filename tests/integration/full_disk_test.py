# SPDX-License-Identifier: MIT
"""A disk that is full: what cannot be booked is not served, and it ends by itself."""

import json
import pathlib
import re
import subprocess

import pytest

from support.programs import eventually, provider

MOUNT = 'mkdir -p "$0" && mount -t tmpfs -o size=%s logos-test "$0" && exec "$@"'


def own_mounts():
    """The command after which a program sees mounts of its own; None where that is not allowed."""
    for command in (["unshare", "-m"], ["unshare", "-rm"]):
        try:
            tried = subprocess.run([*command, "sh", "-c", "mount -t tmpfs logos-test /mnt"], capture_output=True,
                                   timeout=20)
        except FileNotFoundError:
            return None
        if tried.returncode == 0:
            return command
    return None


class SmallDisk:
    """A gateway whose data_dir is a disk of its own, which nobody else sees."""

    def __init__(self, house, size):
        command = own_mounts()
        if command is None:
            pytest.skip("this machine allows no mount namespace (unshare -m), so there is no small disk to fill")
        self.cloud = house.simulate("chat:speed=0,prefill=0,tokens=3")
        folder = house.folder()
        data = folder / "data"
        self.gateway = house.serve([provider("cloud", self.cloud, "chat")], folder, io_threads=1,
                                   within=[*command, "sh", "-c", MOUNT % size, str(data)])
        self.gateway.data_dir = pathlib.Path(f"/proc/{self.gateway.process.pid}/root{data}")
        self.ballast = self.gateway.data_dir / "ballast"
        self.served = self.refused = 0

    def fill(self):
        # The journal may just be making a segment, and give it back: until nothing is left.
        with open(self.ballast, "ab", buffering=0) as ballast:
            for size in (1 << 20, 4096):
                try:
                    while True:
                        ballast.write(b"." * size)
                except OSError:
                    pass

    def make_room(self):
        self.ballast.unlink()

    def ask(self, key, size=0):
        """Asks with a prompt of `size` bytes; the answer, if it is a refusal."""
        status, headers, text = self.gateway.chat("chat", "a" * size or "Hello!", key)
        if status == 200:
            self.served += 1
            return None
        self.refused += 1
        return status, headers, json.loads(text)["error"]

    def metric(self, name):
        return int(re.search(rf"^{name} (\d+)$", self.gateway.call("GET", "/metrics")[2].decode(), re.M).group(1))

    def ready(self):
        status, _, text = self.gateway.call("GET", "/ready", key="")
        assert status == 200, text
        return json.loads(text)

    def use_up_journal(self, key):
        """Asks until it is refused; large bodies first, since they find no space long before the rows do."""
        for size in (256 << 10, 32 << 10, 4 << 10):
            left_out = self.metric("logos_journal_shortened_total")
            while self.metric("logos_journal_shortened_total") == left_out:
                if refused := self.ask(key, size):
                    return refused
        for _ in range(2000):
            if refused := self.ask(key):
                return refused
        raise AssertionError("the journal always had room")

    def booked(self):
        rows = self.gateway.admin("GET", "/usage?group_by=result")["data"]
        return sum(row["requests"] for row in rows if row["result"] == "success")


@pytest.fixture
def disk(house):
    return SmallDisk(house, "112m")


def test_nothing_is_served_that_cannot_be_booked_and_service_comes_back_with_the_room(disk):
    key, _ = disk.gateway.new_key("full", log="FULL")
    assert disk.ask(key) is None
    assert disk.ready()["status"] == "ready"
    disk.fill()
    status, headers, error = disk.use_up_journal(key)
    assert status == 503, error
    assert "journal has no room" in error["message"] and "data_dir" in error["message"], error
    assert int(headers["retry-after"]) > 0
    for _ in range(20):
        assert disk.ask(key), "there is still no room"
    assert disk.metric("logos_journal_turned_away_total") > 20
    assert len(disk.cloud.requests()) == disk.served, "what was refused has not reached the provider"

    told = disk.ready()
    assert told["status"] == "degraded", told
    assert "journal" in told["detail"] and "disk of data_dir" in told["detail"], told

    disk.make_room()
    eventually(lambda: disk.ask(key) is None, 20, "service")
    eventually(lambda: disk.ready()["status"] == "ready", 20, "readiness")
    eventually(lambda: disk.booked() == disk.served, 20, "every row")
    assert len(disk.cloud.requests()) == disk.served
    assert disk.metric("logos_journal_turned_away_total") == disk.refused, "all that were refused were turned away"
    assert disk.metric("logos_journal_refused_total") == 0, "and none of them is a row lost"
