# SPDX-License-Identifier: MIT
"""A private PostgreSQL in a temporary folder, reached over its socket only. It does not run as root."""

import glob
import os
import pathlib
import shlex
import shutil
import subprocess
import tempfile

import psycopg


class Postgres:
    def __init__(self):
        found = glob.glob("/usr/lib/postgresql/*/bin/initdb")
        assert found, "PostgreSQL is not installed: apt-get install postgresql"
        self._bin = pathlib.Path(max(found, key=lambda path: int(path.split("/")[4]))).parent
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="logos-postgres-"))
        self._databases = 0
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        self._run(f"{self._bin}/initdb -D data -U logos -A trust -E UTF8 --locale=C --no-sync")
        self.start()
        # Nothing else ends the server when the tests are killed; in a session of its own, because whoever kills them may
        # kill their whole process group.
        guard = (f"while test -d /proc/{os.getpid()}; do sleep 1; done; {self._bin}/pg_ctl -D data -m immediate stop; "
                 f"rm -rf {self.folder}")
        self._run(f"setsid sh -c {shlex.quote(guard)} >/dev/null 2>&1 </dev/null &")

    def _run(self, command):
        command = f"cd {self.folder} && {command}"
        words = ["sh", "-c", command]
        if os.geteuid() == 0:
            words = ["runuser", "-u", "postgres", "--", *words]
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=90)
        assert done.returncode == 0, done.stdout.decode()

    def start(self):
        options = (f"-F -c listen_addresses= -c unix_socket_directories={self.folder} -c max_connections=60 "
                   "-c shared_buffers=32MB -c log_error_verbosity=verbose")
        self._run(f"{self._bin}/pg_ctl -D data -w -t 60 -l log -o {shlex.quote(options)} start >/dev/null")

    def stop(self):
        self._run(f"{self._bin}/pg_ctl -D data -w -m immediate stop >/dev/null")

    def log(self):
        """What the server has said since it was made, errors with their SQLSTATE."""
        return (self.folder / "log").read_text(errors="replace")

    def url(self, database):
        return f"postgresql://logos@/{database}?host={self.folder}"

    def new_database(self):
        self._databases += 1
        name = f"test{self._databases}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as link:
            link.execute(f"create database {name}")
        return self.url(name)

    def end(self):
        """Stops; its files go with the guard, because removing many databases takes a while."""
        self.stop()
