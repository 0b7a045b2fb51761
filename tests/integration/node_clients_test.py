# SPDX-License-Identifier: MIT
"""Runs the tests in node/ with Node's own runner, once, and reports each of them here."""

import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest

FOLDER = pathlib.Path(__file__).parent / "node"
NAMES = [name for file in sorted(FOLDER.glob("*.test.mjs")) for name in re.findall(r"^test\('(.+?)',", file.read_text(), re.M)]


@pytest.fixture(scope="module")
def outcomes(town, tmp_path_factory):
    town.cloud.clear_faults()
    # Packages are looked for beside the files, so the files go where the packages were installed.
    modules = pathlib.Path(os.environ["INTEGRATION_NODE_MODULES"])
    there = modules.parent / "tests"
    shutil.rmtree(there, ignore_errors=True)
    shutil.copytree(FOLDER, there)
    addresses = {"gateway": town.url, "key": town.key, "cloud": town.cloud.url, "ollama": town.ollama.url}
    done = subprocess.run(
        ["node", "--test", "--test-concurrency=1", "--test-reporter=tap", *sorted(map(str, there.glob("*.test.mjs")))],
        env={**os.environ, "INTEGRATION_TOWN": json.dumps(addresses), "NODE_NO_WARNINGS": "1"},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=400)
    verdicts = {}
    for verdict, name, details in re.findall(r"^ *(ok|not ok) \d+ - (.+?)\n(.*?)(?=^ *(?:ok|not ok) \d+ - |\Z)", done.stdout,
                                             re.M | re.S):
        verdicts[name.strip()] = (verdict, details)
    assert verdicts, done.stdout + done.stderr
    return verdicts


@pytest.mark.timeout(450)  # whichever is the first waits for all, which takes as long as reading many small files does
@pytest.mark.parametrize("name", NAMES)
def test_node(outcomes, name):
    verdict, details = outcomes.get(name, ("not run", str(sorted(outcomes))))
    assert verdict == "ok", details
