# SPDX-License-Identifier: MIT
"""The root key: where it comes from, and that it neither comes back nor goes away by itself."""

import json
import re
import sqlite3
import stat

from support.programs import run_logos


def test_the_first_start_prints_the_root_key_once_and_keeps_it_to_its_owner(house):
    gateway = house.serve([])
    key = re.search(r"Root key, shown this once .*: (lg-root-\S+)", gateway.text)[1]
    file = gateway.data_dir / "root.key"
    assert gateway.text.count(key) == 1
    assert file.read_text().strip() == key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((gateway.data_dir / "secret.key").stat().st_mode) == 0o600
    assert gateway.call("GET", "/admin/v1/processes", key=key)[0] == 200
    assert gateway.terminate() == 0
    again = house.serve([], folder=gateway.folder)
    assert "lg-root-" not in again.text
    assert again.call("GET", "/admin/v1/processes", key=key)[0] == 200


def test_the_root_key_of_the_environment_replaces_the_one_that_is_there(house):
    gateway = house.serve([])
    old = gateway.root_key
    gateway.terminate()
    fresh = "lg-root-" + "k" * 43
    again = house.serve([], folder=gateway.folder, environment={"LOGOS_ROOT_KEY": fresh})
    assert again.call("GET", "/admin/v1/processes", key=fresh)[0] == 200
    assert again.call("GET", "/admin/v1/processes", key=old)[0] == 401
    assert fresh not in again.text


def test_a_root_key_of_the_environment_restores_a_root_that_has_expired(house):
    gateway = house.serve([])
    key = gateway.root_key
    gateway.terminate()
    with sqlite3.connect(gateway.data_dir / "logos.db") as link:
        link.execute("update process set expires_at = created_at, name = 'renamed'")
    again = house.serve([], folder=gateway.folder, environment={"LOGOS_ROOT_KEY": key})
    assert again.call("GET", "/admin/v1/processes", key=key)[0] == 200


def revoke_root(gateway, environment=None):
    """With a second root key, so that it may be done; returns that."""
    root = gateway.admin("GET", "/processes")["data"][0]
    second = gateway.admin("POST", "/processes", {"name": "second", "user_id": root["user_id"]})
    code, _, error = run_logos("key", "revoke", str(root["id"]), folder=gateway.folder, environment=environment)
    assert code == 0, error
    return second["key"]


def test_a_revoked_root_key_stays_revoked_after_a_restart(house):
    gateway = house.serve([])
    old, second = gateway.root_key, revoke_root(gateway)
    gateway.terminate()
    again = house.serve([], folder=gateway.folder)
    assert again.call("GET", "/admin/v1/processes", key=old)[0] == 401
    assert again.call("GET", "/admin/v1/processes", key=second)[0] == 200
    assert "cat " not in again.text
    assert re.search(r"root\.key is not .* any more.*\n.*logos key create", again.text)


def test_a_root_key_of_the_environment_that_was_revoked_is_not_taken_again(house):
    first, fresh = "lg-root-" + "a" * 43, "lg-root-" + "b" * 43
    gateway = house.serve([], environment={"LOGOS_ROOT_KEY": first})
    assert gateway.call("GET", "/admin/v1/processes", key=first)[0] == 200
    second = revoke_root(gateway, {"LOGOS_ROOT_KEY": first})
    gateway.terminate()
    again = house.serve([], folder=gateway.folder, environment={"LOGOS_ROOT_KEY": first})
    assert again.call("GET", "/admin/v1/processes", key=first)[0] == 401
    assert "is not taken again" in again.text
    again.terminate()
    third = house.serve([], folder=gateway.folder, environment={"LOGOS_ROOT_KEY": fresh})
    for key in (fresh, second):
        assert third.call("GET", "/admin/v1/processes", key=key)[0] == 200


def test_a_rotated_root_key_is_not_named_as_the_key_to_use(house):
    gateway = house.serve([])
    root = gateway.admin("GET", "/processes")["data"][0]["id"]
    fresh = json.loads(gateway.call("POST", f"/admin/v1/processes/{root}/rotate")[2])["key"]
    gateway.terminate()
    again = house.serve([], folder=gateway.folder)
    assert again.call("GET", "/admin/v1/processes", key=fresh)[0] == 200
    assert "cat " not in again.text and "logos key create" in again.text


def test_the_last_root_key_is_not_revoked_on_the_command_line(house):
    gateway = house.serve([])
    code, _, error = run_logos("key", "revoke", "1", folder=gateway.folder)
    assert code == 2 and "no root key left" in error
    assert gateway.call("GET", "/admin/v1/processes")[0] == 200


def test_a_password_that_serves_as_root_key_is_not_shown(house):
    password = "hunter2-and-some-more-of-it"
    gateway = house.serve([], environment={"LOGOS_ROOT_KEY": password})
    listed = gateway.call("GET", "/admin/v1/processes", key=password)
    assert listed[0] == 200 and json.loads(listed[2])["data"][0]["key_prefix"] == ""
    assert "hunter2" not in run_logos("key", "list", folder=gateway.folder)[1]
