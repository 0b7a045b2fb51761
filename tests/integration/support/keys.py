# SPDX-License-Identifier: MIT
"""Keys of all kinds, and a gateway with two models to try them at."""

import json

from .programs import provider

CHAT = {"model": "chat", "messages": [{"role": "user", "content": "Hello!"}]}


def person(gateway, username, role="user", **more):
    user = gateway.admin("POST", "/users", {"username": username, "role": role})
    return gateway.new_key(username, user_id=user["id"], **more)


def chat(gateway, key, body=CHAT, path="/v1/chat/completions"):
    status, _, text = gateway.call("POST", path, body, key)
    return status, json.loads(text)


def error(answer):
    status, body = answer
    return status, body["error"]["code"]


def open_shop(house, storage, **settings):
    cloud = house.simulate("chat:speed=0,prefill=0,tokens=8", "other:speed=0,prefill=0,tokens=8")
    # Jobs are handed in, but not run: that would be counted as a call of somebody else.
    gateway = house.serve([provider("cloud", cloud, "chat", "other")], storage=storage, jobs={"parallel": 0},
                          **settings)
    return gateway, cloud
