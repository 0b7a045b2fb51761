# SPDX-License-Identifier: MIT
"""TLS on both sides, with certificates made here."""

import http.client
import json
import signal
import ssl
import subprocess

import pytest


def make_certificate(folder, name):
    """A certificate for 127.0.0.1 that signs itself."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    return str(certificate), str(key)


def ask(gateway, path, authority, body=None):
    context = ssl.create_default_context(cafile=authority)
    link = http.client.HTTPSConnection("127.0.0.1", gateway.port, context=context, timeout=20)
    try:
        link.request("POST" if body else "GET", path, json.dumps(body) if body else None,
                     {"authorization": f"Bearer {gateway.root_key}", "content-type": "application/json"})
        answer = link.getresponse()
        return answer.status, answer.read()
    finally:
        link.close()


def test_clients_are_served_over_tls_and_the_certificate_is_read_again_on_a_reload(house):
    folder = house.folder()
    first, second = make_certificate(folder, "first"), make_certificate(folder, "second")
    gateway = house.serve([], folder=folder, tls={"certificate": first[0], "key": first[1]})
    assert ask(gateway, "/v1/models", first[0])[0] == 200
    with pytest.raises(ssl.SSLError):
        ask(gateway, "/v1/models", second[0])
    for old, new in zip(first, second):
        with open(old, "w") as out, open(new) as source:
            out.write(source.read())
    gateway.signal(signal.SIGHUP)
    gateway.says("Reload: done")
    assert ask(gateway, "/v1/models", second[0])[0] == 200


def test_plain_http_to_a_tls_port_ends_without_harm(house):
    folder = house.folder()
    certificate, key = make_certificate(folder, "only")
    gateway = house.serve([], folder=folder, tls={"certificate": certificate, "key": key})
    with pytest.raises((OSError, http.client.HTTPException)):
        gateway.call("GET", "/health", key="")
    assert ask(gateway, "/health", certificate)[0] == 200


def test_a_providers_certificate_is_verified(house):
    folder = house.folder()
    certificate, key = make_certificate(folder, "upstream")
    stranger, _ = make_certificate(folder, "stranger")
    cloud = house.logos("simulate", "--openai", "--listen", "127.0.0.1:0", "--model", "chat:speed=0,prefill=0,tokens=4",
                        "--tls-certificate", certificate, "--tls-key", key, folder=folder)
    url = cloud.says(r"provider at (https://\S+) with")[1]
    one = {"type": "openai", "base_url": url, "privacy": "LOCAL"}
    gateway = house.serve([{**one, "name": "known", "models": ["chat"], "tls": {"ca": certificate}},
                           {**one, "name": "unknown", "models": ["other"]},
                           {**one, "name": "wrong", "models": ["third"], "tls": {"ca": stranger}}])
    assert gateway.chat("chat")[0] == 200
    assert gateway.chat("chat", stream=True)[2].endswith(b"data: [DONE]\n\n")
    for model in ("other", "third"):
        status, _, text = gateway.chat(model)
        assert status in (502, 503), text
