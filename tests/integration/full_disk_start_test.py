# SPDX-License-Identifier: MIT
"""A disk that the journal has filled while the database was away: the next start writes it down, and serves."""

import pathlib
import subprocess

import pytest
from full_disk_test import SmallDisk, own_mounts

from support.programs import eventually, provider

HOLD = 'mkdir -p "$0" && mount -t tmpfs -o size=%s logos-test "$0" && echo mounted && exec sleep 600'


class LastingDisk(SmallDisk):
    """A small disk that outlives the gateways on it."""

    def __init__(self, house, size, **settings):
        command = own_mounts()
        if command is None:
            pytest.skip("this machine allows no mount namespace (unshare -m), so there is no small disk to fill")
        self.house = house
        self.settings = {"io_threads": 1, **settings}
        self.cloud = house.simulate("chat:speed=0,prefill=0,tokens=3")
        self.folder = house.folder()
        data = self.folder / "data"
        self.holder = subprocess.Popen([*command, "sh", "-c", HOLD % size, str(data)], stdout=subprocess.PIPE)
        assert self.holder.stdout.readline() == b"mounted\n"
        user = ["-U", "--preserve-credentials"] if "-rm" in command else []
        self.within = ["nsenter", "-t", str(self.holder.pid), "-m", *user, "sh", "-c", 'cd "$0" && exec "$@"', str(self.folder)]
        self.data_dir = pathlib.Path(f"/proc/{self.holder.pid}/root{data}")
        self.ballast = self.data_dir / "ballast"
        self.served = self.refused = 0

    def start(self):
        self.gateway = self.house.serve([provider("cloud", self.cloud, "chat")], self.folder, within=self.within,
                                        **self.settings)
        self.gateway.data_dir = self.data_dir

    def end(self):
        self.holder.kill()
        self.holder.wait()
        self.holder.stdout.close()


@pytest.fixture
def disk(house, postgres):
    made = LastingDisk(house, "80m", storage=postgres.new_database(), secret_key="the secret key of a test")
    yield made
    made.end()


@pytest.mark.parametrize("left", ["some bytes", "nothing"])
def test_the_first_start_after_the_journal_has_filled_the_disk_writes_it_down_and_serves(disk, postgres, left):
    disk.start()
    key, _ = disk.gateway.new_key("full", log="FULL")
    assert disk.ask(key) is None
    eventually(lambda: disk.booked() == 1, 10, "the first row")
    postgres.stop()
    try:
        assert disk.use_up_journal(key)[0] == 503
        disk.gateway.kill()
        if left == "nothing":
            disk.fill()
    finally:
        postgres.start()
    disk.start()
    assert "what the last run has left there goes into the database first" in disk.gateway.text
    eventually(lambda: disk.booked() == disk.served, 20, "every row")
    assert disk.ask(key) is None
