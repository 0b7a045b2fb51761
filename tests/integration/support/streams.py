# SPDX-License-Identifier: MIT
"""Answers that are read as they come, and how they end when the key is taken away."""

import http.client
import json


class Stream:
    """An answer that is read as it comes."""

    def __init__(self, gateway, key, stream=True):
        self._link = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=30)
        body = {"model": "slow", "stream": stream, "messages": [{"role": "user", "content": "Hello!"}]}
        self._link.request("POST", "/v1/chat/completions", json.dumps(body),
                           {"authorization": f"Bearer {key}", "content-type": "application/json"})

    def begin(self):
        self.answer = self._link.getresponse()
        assert self.answer.status == 200
        self.answer.readline()
        return self

    def rest(self):
        """What comes until the end, which must be an orderly one: http.client complains of any other."""
        return self.answer.read().decode()

    def close(self):
        self._link.close()


def assert_cut(stream):
    """It ended with the error that says why."""
    text = stream.rest()
    last = [line for line in text.split("\n") if line.startswith("data: ")][-1]
    error = json.loads(last.removeprefix("data: "))["error"]
    assert error["code"] == "invalid_api_key" and "revoked" in error["message"], text
