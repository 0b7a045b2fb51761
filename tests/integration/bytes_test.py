# SPDX-License-Identifier: MIT
"""What the gateway has no reason to change it does not change, in either direction."""

import http.client
import json
import re
import subprocess

import pytest

# Spacing, order, escapes, doubled keys, numbers and unknown fields as no serialiser would write them.
ODD = (b'{ "messages" : [ {"role":"user" ,"content":"caf\\u00e9 \xf0\x9f\xa6\x89 \\/ \\"x\\""} ],\r\n\t"model":"chat" ,'
       b'"temperature":1.0e-0,"seed":00,"unknown":{"a":[1,2,  {"b":null}],"a":1e300}, "max_tokens":12 }').replace(b"00,", b"0,")


def stream(host, port, path, body, headers):
    """The body of a streamed answer as its chunks are joined, and its headers."""
    link = http.client.HTTPConnection(host, port, timeout=30)
    link.request("POST", path, body, {"content-type": "application/json", **headers})
    answer = link.getresponse()
    text = answer.read()
    link.close()
    return answer.status, {k.lower(): v for k, v in answer.getheaders()}, text


def alike(text):
    """Without the two things in which the simulator tells one request from the next: its number and the time."""
    return re.sub(rb'"(id|call_id|item_id|created|created_at)":("[^"]*"|\d+)', rb'"\1":0', text)


def ask(town, body, path="/v1/chat/completions", **headers):
    return stream("127.0.0.1", town.gateway.port, path, body, {"authorization": f"Bearer {town.key}", **headers})


def ask_directly(town, body, path="/v1/chat/completions"):
    return stream("127.0.0.1", town.cloud.port, path, body, {"authorization": "Bearer sk-upstream"})


def test_a_request_without_anything_to_change_arrives_as_it_was_sent(town, cloud):
    assert ask(town, ODD)[0] == 200
    assert cloud.last_body() == ODD


def test_only_the_models_name_is_spliced(town, cloud):
    body = ODD.replace(b'"chat"', b'"also-renamed"')
    assert ask(town, body)[0] == 200
    assert cloud.last_body() == ODD


def test_fields_that_are_ours_are_consumed_and_the_rest_stays(town, cloud):
    body = ODD.replace(b'"max_tokens"', b'"priority":"high","mode":"batch","timeout_s":60,"max_tokens"')
    assert ask(town, body)[0] == 200
    arrived = cloud.last_body()
    assert not re.search(rb'"(priority|mode|timeout_s)"', arrived)
    assert b"".join(arrived.split()) == b"".join(ODD.split())


def test_usage_is_asked_for_upstream_and_nothing_else_is_added(town, cloud):
    body = b'{"model":"chat","stream":true,"messages":[{"role":"user","content":"Hello!"}]}'
    assert ask(town, body)[0] == 200
    arrived = cloud.last_body()
    assert json.loads(arrived) == {**json.loads(body), "stream_options": {"include_usage": True}}
    spliced = re.sub(rb',?"stream_options":\{"include_usage":true\},?', b"", arrived, count=1)
    assert spliced in (body, body[:-1] + b"}") or len(arrived) == len(body) + len(b',"stream_options":{"include_usage":true}')


def test_stream_options_that_are_there_are_completed_in_place(town, cloud):
    body = (b'{"model":"chat","stream":true,"stream_options":{ "include_obfuscation" : false },'
            b'"messages":[{"role":"user","content":"Hello!"}]}')
    assert ask(town, body)[0] == 200
    assert json.loads(cloud.last_body())["stream_options"] == {"include_obfuscation": False, "include_usage": True}


def test_a_stream_is_relayed_byte_for_byte(town, cloud):
    body = (b'{"model":"chat","stream":true,"stream_options":{"include_usage":true},'
            b'"messages":[{"role":"user","content":"Hello!"}]}')
    _, headers, relayed = ask(town, body)
    _, direct_headers, direct = ask_directly(town, body)
    assert alike(relayed) == alike(direct)
    assert headers["content-type"] == direct_headers["content-type"]


def test_without_the_withheld_chunk_a_stream_is_relayed_byte_for_byte(town, cloud):
    body = b'{"model":"chat","stream":true,"messages":[{"role":"user","content":"Hello!"}]}'
    direct = ask_directly(town, body)[2]
    # A provider that is asked for usage also says `"usage":null` in every other chunk: this client did not ask.
    assert b'"usage"' not in direct
    assert alike(ask(town, body)[2]) == alike(direct)


@pytest.mark.parametrize("path, body", [
    ("/v1/chat/completions", b'{"model":"chat","messages":[{"role":"user","content":"Hello!"}],"logprobs":true}'),
    ("/v1/completions", b'{"model":"chat","prompt":"Hello!"}'),
    ("/v1/responses", b'{"model":"chat","input":"Hello!"}'),
    ("/v1/responses", b'{"model":"chat","input":"Hello!","stream":true}'),
    ("/v1/embeddings", b'{"model":"embed","input":["one"],"encoding_format":"base64"}'),
    ("/v1/moderations", b'{"model":"moderation","input":"peace"}'),
    ("/v1/audio/speech", b'{"model":"speech","input":"Good morning","voice":"alloy"}'),
    ("/v1/images/generations", b'{"model":"picture","prompt":"A river"}')])
def test_an_answer_is_relayed_byte_for_byte(town, cloud, path, body):
    status, headers, relayed = ask(town, body, path)
    direct_status, direct_headers, direct = ask_directly(town, body, path)
    assert (status, headers["content-type"]) == (direct_status, direct_headers["content-type"])
    assert alike(relayed) == alike(direct)
    assert cloud.last_body() == body


def test_bytes_that_are_neither_json_nor_text_pass_through_a_form(town, cloud):
    boundary = b"----odd-boundary"
    sound = bytes(range(256)) * 100 + b"\r\n--not-the-boundary\r\n"
    body = (b"--" + boundary + b'\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper\r\n--' + boundary +
            b'\r\nContent-Disposition: form-data; name="file"; filename="a.mp3"\r\nContent-Type: audio/mpeg\r\n\r\n' +
            sound + b"\r\n--" + boundary + b"--\r\n")
    status, _, _ = ask(town, body, "/v1/audio/transcriptions",
                       **{"content-type": "multipart/form-data; boundary=" + boundary.decode()})
    assert status == 200
    head, arrived = cloud.last_request()
    assert arrived == body
    assert b"boundary=" + boundary in head


def test_the_clients_key_stays_here_and_the_providers_key_goes_there(town, cloud):
    ask(town, ODD, **{"logos-key": town.key, "x-logos-dataset": "d", "cookie": "a=b", "x-forwarded-for": "10.1.2.3",
                      "x-stainless-lang": "kept", "openai-beta": "kept"})
    head, _ = cloud.last_request()
    assert town.key.encode() not in head
    assert b"Bearer sk-upstream" in head
    lower = head.lower()
    for name in (b"logos-key", b"x-logos-", b"cookie", b"x-forwarded"):
        assert name not in lower
    assert b"x-stainless-lang: kept" in lower and b"openai-beta: kept" in lower


def test_a_providers_error_is_relayed_byte_for_byte(town, cloud):
    odd = '{ "error" : {"message":"caf\u00e9", "odd": [1, 2 ]} }\n'
    cloud.add_fault("status", model="chat", code=418, body=odd, content_type="application/problem+json")
    status, headers, relayed = ask(town, ODD)
    assert (status, relayed) == (418, odd.encode())
    assert headers["content-type"] == "application/problem+json"


def test_curl_gets_a_stream_as_the_readme_shows_it(town):
    done = subprocess.run(
        ["curl", "-sSN", f"{town.url}/v1/chat/completions", "-H", f"Authorization: Bearer {town.key}",
         "-H", "Content-Type: application/json",
         "-d", '{"model":"chat","stream":true,"messages":[{"role":"user","content":"Hello!"}]}'],
        capture_output=True, timeout=30)
    assert done.returncode == 0, done.stderr
    events = done.stdout.split(b"\n\n")
    assert events[-1] == b"" and events[-2] == b"data: [DONE]"
    assert all(event.startswith(b"data: {") for event in events[:-2])


def test_curl_without_a_content_type_is_understood(town):
    done = subprocess.run(["curl", "-sS", f"{town.url}/v1/chat/completions", "-H", f"logos_key: {town.key}",
                           "-d", '{"model":"chat","messages":[{"role":"user","content":"Hello!"}]}'],
                          capture_output=True, timeout=30)
    assert json.loads(done.stdout)["choices"]


def test_curl_expects_a_continue_before_a_large_body(town):
    body = json.dumps({"model": "chat", "messages": [{"role": "user", "content": "word " * 20000}]})
    done = subprocess.run(["curl", "-sS", "-H", "Expect: 100-continue", f"{town.url}/v1/chat/completions", "-w", "%{http_code}",
                           "-o", "/dev/null", "-H", f"logos_key: {town.key}", "-H", "content-type: application/json",
                           "--data-binary", "@-"], input=body.encode(), capture_output=True, timeout=30)
    assert done.stdout == b"200", done.stderr
