# SPDX-License-Identifier: MIT
"""Several nodes on one PostgreSQL that are one gateway, and clients that keep each of them busy."""

import json
import pathlib
import re
import socket
import subprocess
import sys
import types

from .programs import eventually

HAMMER = pathlib.Path(__file__).parent / "hammer.py"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def serve_nodes(house, storage, providers, count):
    """So many nodes, each of which sees all others."""
    nodes = []
    for n in range(count):
        name = f"node-{chr(ord('a') + n)}"
        cluster = {"name": "test", "node": name, "listen": f"127.0.0.1:{free_port()}"}
        node = house.serve(providers, storage=storage, cluster=cluster, name=name,
                           secret_key="the same secret on every node")
        if nodes:  # a later node has no root key of its own: it is asked with the first one's
            (node.data_dir / "root.key").write_text(nodes[0].root_key + "\n")
        nodes.append(node)
    eventually(lambda: all(len([m for m in node.admin("GET", "/nodes")["nodes"] if m["state"] in ("serving", "up")]) == count
                           for node in nodes), 20, f"{count} members of each other")
    return nodes


def metric(node, name):
    """The sum of a metric over its labels, as /metrics has it."""
    _, _, text = node.call("GET", "/metrics")
    return sum(float(value) for value in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", text.decode(), re.M))


class Hammer:
    """A process of its own whose connections ask one node for a model each, again and again, each with the next of the
    keys. `count`: requests of each connection; without it, they go on until `stop`."""

    def __init__(self, node, asked, connections, count=0):
        """`asked`: pairs of key and model; a connection begins with the one of its number."""
        terms = {"port": node.port, "asked": asked, "connections": connections, "count": count}
        self._process = subprocess.Popen([sys.executable, str(HAMMER), json.dumps(terms)], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True)

    def stop(self, seconds=60):
        """What each request came to: key, begun, ended (both of the machine's monotonic clock), status."""
        try:
            text, _ = self._process.communicate(timeout=seconds)  # closes its input
        finally:
            self.end()
        assert self._process.returncode == 0, "the clients failed, as they have said above"
        return [types.SimpleNamespace(key=key, begun=begun, ended=ended, status=status)
                for key, begun, ended, status in json.loads(text)]

    def end(self):
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
