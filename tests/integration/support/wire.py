# SPDX-License-Identifier: MIT
"""Connections that can be cut the hard way: nothing passes any more, and neither end is told."""

import os
import selectors
import socket
import tempfile
import threading


class Wire:
    """Listens and passes on what it gets to `target` (host and port, or the path of a socket) until it is cut."""

    def __init__(self, target):
        self._target = target
        self._cut = threading.Event()
        self._ends = []
        if isinstance(target, str):
            self.folder = tempfile.mkdtemp(prefix="logos-wire-")
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(os.path.join(self.folder, os.path.basename(target)))
        else:
            self._listener = socket.socket()
            self._listener.bind(("127.0.0.1", 0))
            self.port = self._listener.getsockname()[1]
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            self._ends.append(near)
            if not self._cut.is_set():
                threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near):
        far = socket.socket(socket.AF_UNIX if isinstance(self._target, str) else socket.AF_INET)
        self._ends.append(far)
        try:
            far.connect(self._target)
            with selectors.DefaultSelector() as both:
                both.register(near, selectors.EVENT_READ, far)
                both.register(far, selectors.EVENT_READ, near)
                while True:
                    for ready, _ in both.select():
                        data = ready.fileobj.recv(65536)
                        if self._cut.is_set():
                            return
                        if not data:
                            near.close()
                            far.close()
                            return
                        ready.data.sendall(data)
        except OSError:
            near.close()
            far.close()

    def cut(self):
        self._cut.set()

    def end(self):
        self._listener.close()
        for end in self._ends:
            end.close()
