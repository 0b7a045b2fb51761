# SPDX-License-Identifier: MIT
"""A program: clients that cost little of a machine's time, so that what they ask gets it. See nodes.Hammer."""

import json
import socket
import sys
import threading
import time


def read_answer(reader):
    """The status of a whole answer, and whether the connection stays."""
    status = int(reader.readline().split()[1])
    length, chunked, stays = None, False, True
    while (line := reader.readline().strip().lower()) != b"":
        name, _, value = line.partition(b":")
        value = value.strip()
        length = int(value) if name == b"content-length" else length
        chunked = chunked or (name == b"transfer-encoding" and value == b"chunked")
        stays = stays and not (name == b"connection" and value == b"close")
    if chunked:
        while (size := int(reader.readline(), 16)) != 0:
            reader.read(size + 2)
        reader.readline()
    elif length is not None:
        reader.read(length)
    else:
        reader.read()
        stays = False
    return status, stays


def request(key, model):
    body = json.dumps({"model": model, "user": model, "max_tokens": 64, "messages": [{"role": "user", "content": "Hello!"}]})
    return (f"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {key}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n{body}").encode()


def run(terms, first, seen, over):
    asked = [(key, request(key, model)) for key, model in terms["asked"]]
    link, turn = None, first
    while not over.is_set() and not 0 < terms["count"] <= turn - first:
        key, text = asked[turn % len(asked)]
        turn += 1
        begun = time.monotonic()
        try:
            if link is None:
                link = socket.create_connection(("127.0.0.1", terms["port"]), timeout=60)
                link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                reader = link.makefile("rb")
            link.sendall(text)
            status, stays = read_answer(reader)
        except (OSError, ValueError, IndexError):  # it was closed meanwhile: what it said before that counts
            status, stays = 0, False
        seen.append((key, begun, time.monotonic(), status))
        if not stays and link is not None:
            reader.close()
            link.close()
            link = None


def main():
    terms = json.loads(sys.argv[1])
    over, seen = threading.Event(), [[] for _ in range(terms["connections"])]
    threads = [threading.Thread(target=run, args=(terms, n, mine, over)) for n, mine in enumerate(seen)]
    for thread in threads:
        thread.start()
    sys.stdin.read()  # until it is closed
    if not terms["count"]:
        over.set()
    for thread in threads:
        thread.join()
    json.dump([one for mine in seen for one in mine], sys.stdout)


main()
