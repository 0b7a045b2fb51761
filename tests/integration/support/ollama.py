# SPDX-License-Identifier: MIT
"""A real Ollama, CPU only, with models of random weights: what tests/integration/real_ollama/build makes."""

import contextlib
import http.client
import json
import os
import pathlib
import re
import threading
import time

from .programs import Program, eventually

MADE = pathlib.Path(os.environ.get("INTEGRATION_OLLAMA", "build/ollama")).resolve()
MODELS = ("small", "middle", "large")  # tests/integration/real_ollama/build makes them


class Ollama(Program):
    """`ollama serve`. `room`: how many models may be loaded at once; `slots`: requests at once to one model;
    `engine`: "llama.cpp" (what most models get) or "ollama"."""

    def __init__(self, folder, room=1, slots=1, engine="llama.cpp", **environment):
        folder = pathlib.Path(folder)
        self.engine = engine
        settings = {"HOME": str(folder), "OLLAMA_HOST": "127.0.0.1:0", "OLLAMA_MODELS": str(MADE / "models"),
                    "OLLAMA_MAX_LOADED_MODELS": str(room), "OLLAMA_NUM_PARALLEL": str(slots), "OLLAMA_NOPRUNE": "1",
                    "OLLAMA_CONTEXT_LENGTH": "4096", "OLLAMA_NEW_ENGINE": "1" if engine == "ollama" else "0",
                    "OLLAMA_DEBUG": "1", **environment}
        super().__init__("ollama", ["serve"], folder, settings, str(MADE / "ollama"))
        self.port = int(self.says(r"Listening on 127\.0\.0\.1:(\d+)").group(1))
        self.url = f"http://127.0.0.1:{self.port}"

    def keeps(self, line):
        return line.startswith((b"time=", b"[GIN]", b"Error", b"panic"))  # not what the engine has to say of each tensor

    def link(self, timeout=60):
        return contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout))

    def call(self, method, path, body=None, timeout=60):
        """(status, the answer as JSON, seconds that it took)."""
        begun = time.monotonic()
        with self.link(timeout) as link:
            link.request(method, path, json.dumps(body) if body is not None else None, {"content-type": "application/json"})
            answer = link.getresponse()
            text = answer.read()
        return answer.status, json.loads(text), time.monotonic() - begun

    def ps(self):
        """What /api/ps lists, by name without the tag."""
        status, answer, _ = self.call("GET", "/api/ps")
        assert status == 200, answer
        return {model["name"].removesuffix(":latest"): model for model in answer["models"]}

    def generate(self, model, prompt=None, **fields):
        """/api/generate, whole. Without a prompt it loads, or with keep_alive 0 unloads."""
        body = {"model": model, "stream": False, **({"prompt": prompt} if prompt else {}), **fields}
        return self.call("POST", "/api/generate", body)

    def begin(self, model, tokens, path="/api/generate", **fields):
        """A streamed request, once its first token has come: a link whose answer is still under way."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        body = {"model": model, "prompt": "Tell me all.", "options": {"num_predict": tokens}, **fields}
        link.request("POST", path, json.dumps(body), {"content-type": "application/json"})
        answer = link.getresponse()
        assert answer.status == 200 and answer.readline()
        return link, answer

    def loads(self):
        """How often a model was loaded since the start, as its own log tells."""
        return len(re.findall(r'msg="starting runner" .* --model ', self.text))

    def empty(self):
        """Unloads everything, and waits until it is gone."""
        for model in self.ps():
            self.generate(model, keep_alive=0)
        eventually(lambda: not self.ps(), 20, "an empty Ollama")


class Watch:
    """Asks /api/ps over and over, and keeps what it lists, each with the seconds since the start."""

    def __init__(self, ollama):
        self._ollama = ollama
        self._stop = threading.Event()
        self._begun = time.monotonic()
        self.seen = []
        self.refused = []  # what was not answered with 200
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        with self._ollama.link() as link:
            while not self._stop.is_set():
                link.request("GET", "/api/ps")
                answer = link.getresponse()
                text = answer.read()
                at = time.monotonic() - self._begun
                if answer.status == 200:
                    self.seen.append((at, {m["name"].removesuffix(":latest"): m for m in json.loads(text)["models"]}))
                else:
                    self.refused.append((at, answer.status, text))
                self._stop.wait(0.005)

    def now(self):
        return time.monotonic() - self._begun

    def stop(self):
        self._stop.set()
        self._thread.join(30)
        return self

    def first(self, model, since=0.0):
        """When it was listed first."""
        return next((at for at, models in self.seen if at >= since and model in models), None)

    def without(self, model, since=0.0):
        """When it was first not listed."""
        return next((at for at, models in self.seen if at >= since and model not in models), None)
