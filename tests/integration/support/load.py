# SPDX-License-Identifier: MIT
"""Clients that go on asking until they are told to stop, and note what each request came to."""

import http.client
import json
import threading
import time
import types


class Load:
    """`clients` threads with a keep-alive connection each. `answers` holds what was seen: request id, status, whole (the
    answer came to its proper end), seconds. `errors` holds what else happened."""

    def __init__(self, gateway, model, clients=8, key=None, stream=True, **fields):
        self._gateway = gateway
        self._key = key or gateway.root_key
        self._stream = stream
        self._body = json.dumps({"model": model, "stream": stream, "messages": [{"role": "user", "content": "Hello!"}],
                                 **fields})
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self.answers = []
        self.errors = []
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(clients)]
        for thread in self._threads:
            thread.start()

    def _run(self):
        link = None
        while not self._stop.is_set():
            link = link or http.client.HTTPConnection("127.0.0.1", self._gateway.port, timeout=60)
            seen = types.SimpleNamespace(request_id=None, status=0, whole=False, seconds=0.0, text=b"")
            begun = time.monotonic()
            try:
                link.request("POST", "/v1/chat/completions", self._body,
                             {"authorization": f"Bearer {self._key}", "content-type": "application/json"})
                answer = link.getresponse()
                seen.request_id, seen.status = answer.headers["x-request-id"], answer.status
                while piece := answer.read1():
                    seen.text += piece
                seen.whole = seen.text.endswith(b"data: [DONE]\n\n") if self._stream and seen.status == 200 else True
                seen.seconds = time.monotonic() - begun
                with self._lock:
                    self.answers.append(seen)
                if answer.will_close:
                    link.close()
                    link = None
            except (OSError, http.client.HTTPException) as error:
                with self._lock:
                    self.errors.append((seen, repr(error)))
                link.close()
                link = None
                if self._stop.wait(0.02):
                    return
        if link:
            link.close()

    def finished(self):
        """The ids of the requests whose answers came whole."""
        with self._lock:
            return [a.request_id for a in self.answers if a.status == 200 and a.whole]

    def failures(self):
        with self._lock:
            return [(a.status, a.text[:300]) for a in self.answers if a.status != 200 or not a.whole] + \
                [e for _, e in self.errors]

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(90)
            assert not thread.is_alive(), "a client hangs"
        return self
