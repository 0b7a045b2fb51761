# SPDX-License-Identifier: MIT
"""Every administrative change is in the audit log, and whoever changes the log is found."""

import csv
import io
import json
import os
import sqlite3

from support.programs import run_logos


def events(gateway, query=""):
    status, _, text = gateway.call("GET", f"/admin/v1/events?limit=1000&{query}")
    assert status == 200, text
    return json.loads(text)["data"]


def test_changes_tell_who_made_them_and_the_program_verifies_the_log(house):
    gateway = house.serve([])
    key, process_id = gateway.new_key("app")
    code, _, error = run_logos("key", "--data-dir", str(gateway.data_dir), "create", "by-hand", folder=gateway.folder)
    assert code == 0, error
    (mine,) = events(gateway, f"resource=process&id={process_id}&action=create")
    assert (mine["actor"], mine["address"], mine["name"]) == ("root", "127.0.0.1", "app")
    by_hand = events(gateway, "actor=command%20line")
    assert {e["resource"] for e in by_hand} == {"process", "profile"}
    assert all(e["address"].startswith(f"uid {os.getuid()}") for e in by_hand)
    assert {e["resource"] for e in events(gateway, "actor=first%20start")} == \
        {"user", "process", "profile", "permission"}
    assert key not in json.dumps(events(gateway))
    check = ("check", "--audit", "--data-dir", str(gateway.data_dir))
    code, output, error = run_logos(*check, folder=gateway.folder)
    assert code == 0, error
    assert f"The audit log is whole: {len(events(gateway))} events." in output
    with sqlite3.connect(gateway.data_dir / "logos.db") as database:
        database.execute("drop trigger audit_log_no_delete")
        database.execute("delete from audit_log where id = 2")
    code, _, error = run_logos(*check, folder=gateway.folder)
    assert code == 1
    assert "event 2 is missing" in error


def test_usage_can_be_taken_into_a_spreadsheet(house):
    gateway = house.serve([])
    status, headers, text = gateway.call("GET", "/admin/v1/usage?group_by=process,day&format=csv")
    assert status == 200
    assert headers["content-type"].startswith("text/csv")
    assert next(csv.reader(io.StringIO(text.decode())))[:4] == ["process_id", "process", "day", "requests"]
