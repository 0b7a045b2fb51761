# SPDX-License-Identifier: MIT
"""Many connections at once whose answers do not end, for bench/measure.py."""
import selectors
import socket
import time


class OpenStreams:
    """Streams of which the first chunk has come and that stay open while the block runs."""

    def __init__(self, port, url, key, body, count):
        target = "/" + url.split("/", 3)[3]
        self.text = (f"POST {target} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {key}\r\n"
                     f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n{body}").encode()
        self.port, self.count, self.sockets = port, count, []

    def __enter__(self):
        waiting = selectors.DefaultSelector()
        for i in range(self.count):
            s = socket.create_connection(("127.0.0.1", self.port), timeout=30)
            s.sendall(self.text)
            self.sockets.append(s)
            waiting.register(s, selectors.EVENT_READ, bytearray())
            if i % 100 == 99:
                self.read(waiting, 0)
        end = time.monotonic() + 20
        while waiting.get_map() and time.monotonic() < end:
            self.read(waiting, 1)
        if waiting.get_map():
            raise RuntimeError(f"{len(waiting.get_map())} of {self.count} streams did not begin")
        time.sleep(0.5)
        return self

    @staticmethod
    def read(waiting, timeout):
        for key, _ in waiting.select(timeout):
            got = key.fileobj.recv(4096)
            key.data.extend(got)
            if b"data:" in key.data or not got:
                if b" 200 " not in key.data[:20]:
                    raise RuntimeError(f"a stream was answered {bytes(key.data[:300])}")
                waiting.unregister(key.fileobj)

    def __exit__(self, *_):
        for s in self.sockets:
            s.close()
