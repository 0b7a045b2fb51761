# SPDX-License-Identifier: MIT
"""The processes under test: `logos serve`, `logos simulate` and other commands, each in a folder of its own."""

import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

LOGOS = os.environ.get("INTEGRATION_LOGOS", "build/release/logos")
# How much slower than a release build: a sanitised binary needs more time for everything.
SLOWNESS = float(os.environ.get("INTEGRATION_SLOWNESS", "1"))

started = []  # every program of the running test, for the report of a failure


def eventually(check, seconds=10, what="it"):
    """Asks `check` until it says something true, and returns that."""
    deadline = time.monotonic() + seconds * SLOWNESS
    while True:
        last = check()
        if last:
            return last
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true within {seconds * SLOWNESS:g} s (last: {last!r})")
        time.sleep(0.01)


class Program:
    """A running process, started by argument list; its two outputs are kept as text."""

    def __init__(self, name, arguments, folder, environment=None, binary=LOGOS, within=()):
        self.name = name
        self.folder = pathlib.Path(folder)
        self.text = ""
        self._changed = threading.Condition()
        self.process = subprocess.Popen(
            [*within, binary, *arguments], cwd=folder, env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        started.append(self)

    def _read(self):
        for line in self.process.stdout:
            if not self.keeps(line):
                continue
            with self._changed:
                self.text += line.decode(errors="replace")
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def keeps(self, line):
        """Whether this line of its output is worth keeping."""
        return True

    def says(self, pattern, seconds=30, start=0):
        """Waits for a line that matches, from the character `start` of the output on."""
        deadline = time.monotonic() + seconds * SLOWNESS
        with self._changed:
            while True:
                if found := re.search(pattern, self.text[start:]):
                    return found
                left = deadline - time.monotonic()
                if left <= 0 or (self.process.poll() is not None and not self._reader.is_alive()):
                    raise AssertionError(f"{self.name} did not say /{pattern}/ but:\n{self.text}")
                self._changed.wait(min(left, 0.2))

    def wait(self, seconds=30):
        code = self.process.wait(seconds * SLOWNESS)
        self._reader.join(5)
        return code

    def signal(self, number):
        self.process.send_signal(number)

    def terminate(self, seconds=30):
        """SIGTERM; the exit code."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        return self.wait(seconds)

    def kill(self):
        """SIGKILL: no destructor runs."""
        if self.process.poll() is None:
            self.signal(signal.SIGKILL)
        self.wait()

    @property
    def running(self):
        return self.process.poll() is None


def run_logos(*arguments, folder, environment=None, seconds=30):
    """Runs a command to its end: (exit code, standard output, standard error)."""
    done = subprocess.run([LOGOS, *arguments], cwd=folder, env={**os.environ, **(environment or {})}, timeout=seconds *
                          SLOWNESS, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


class Simulator(Program):
    """`logos simulate`: a provider that can be asked what it received."""

    def __init__(self, folder, *models, flavour="openai", arguments=(), port=0):
        options = [option for model in models for option in ("--model", model)]
        super().__init__(f"simulate-{flavour}", ["simulate", f"--{flavour}", "--listen", f"127.0.0.1:{port}", *options,
                                                 *arguments], folder)
        self.port = int(self.says(r"provider at http://127\.0\.0\.1:(\d+) with").group(1))
        self.url = f"http://127.0.0.1:{self.port}"

    def control(self, method, path, body=None):
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            link.request(method, "/control" + path, json.dumps(body) if body is not None else None)
            answer = link.getresponse()
            data = answer.read()
            assert answer.status < 300, data
            return data
        finally:
            link.close()

    def stats(self):
        return json.loads(self.control("GET", "/stats"))

    def requests(self, model=None):
        return [r for r in self.stats()["requests"] if model in (None, r["model"])]

    def last_request(self):
        """The request that it received last, byte for byte: its head and its body."""
        head, _, body = self.control("GET", "/requests/last").partition(b"\r\n\r\n")
        return head, body

    def last_body(self):
        return self.last_request()[1]

    def add_fault(self, kind, **more):
        self.control("POST", "/faults", {"kind": kind, **more})

    def clear_faults(self):
        self.control("DELETE", "/faults")

    def reset(self):
        self.control("POST", "/reset")


def provider(name, simulator, *models, **more):
    """A provider as it stands in logos.yaml."""
    kind = {"simulate-openai": "openai", "simulate-ollama": "ollama", "simulate-azure": "azure",
            "simulate-vllm": "vllm", "simulate-llama-cpp": "custom"}[simulator.name]
    if kind == "ollama":  # it plays one with OLLAMA_NUM_PARALLEL=4
        more = {"parallel": 4, **more}
    return {"name": name, "type": kind, "base_url": simulator.url, "privacy": "LOCAL", "models": list(models), **more}


def write_configuration(folder, settings):
    """Writes logos.yaml. JSON is YAML, and needs no package."""
    path = pathlib.Path(folder) / "logos.yaml"
    path.write_text(json.dumps(settings, indent=1))
    return path


class Gateway(Program):
    """`logos serve` with a configuration of its own, ready to be asked."""

    def __init__(self, folder, settings, arguments=(), environment=None, name="serve", within=()):
        folder = pathlib.Path(folder)
        self.settings = {"listen": "127.0.0.1:0", "data_dir": str(folder / "data"), **settings}
        self.settings["limits"] = {"drain": "10s", **self.settings.get("limits", {})}
        write_configuration(folder, self.settings)
        super().__init__(name, ["serve", *arguments], folder, environment, within=within)
        self.port = int(self.says(r"serves at https?://127\.0\.0\.1:(\d+)").group(1))
        self.url = f"http://127.0.0.1:{self.port}"
        self.data_dir = pathlib.Path(self.settings["data_dir"])

    @property
    def root_key(self):
        return (self.data_dir / "root.key").read_text().strip()

    def call(self, method, path, body=None, key=None, headers=None, timeout=60):
        """One request over a connection of its own: (status, headers with lower-case names, body)."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            sent = {"authorization": f"Bearer {self.root_key if key is None else key}", **(headers or {})}
            if key == "":
                del sent["authorization"]
            if isinstance(body, (dict, list)):
                body = json.dumps(body)
            if body is not None:
                sent.setdefault("content-type", "application/json")
            link.request(method, path, body, sent)
            answer = link.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        finally:
            link.close()

    def admin(self, method, path, body=None, expect=None, **more):
        """A request to /admin/v1; the answer as JSON."""
        status, _, text = self.call(method, "/admin/v1" + path, body, **more)
        assert status == (expect or {"POST": 201, "DELETE": 204}.get(method, 200)), (status, text)
        return json.loads(text) if text else None

    def new_key(self, name, model="*", **fields):
        """A process with a key that may use a model."""
        made = self.admin("POST", "/processes", {"name": name, **fields})
        self.admin("POST", "/permissions", {"profile_id": made["profile_id"], "model": model})
        return made["key"], made["id"]

    def chat(self, model, text="Hello!", key=None, headers=None, timeout=60, **fields):
        body = {"model": model, "messages": [{"role": "user", "content": text}], **fields}
        return self.call("POST", "/v1/chat/completions", body, key, headers, timeout)
