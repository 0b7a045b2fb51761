# SPDX-License-Identifier: MIT
import pathlib
import shutil
import tempfile

import pytest

from support.ollama import Ollama


class Servers:
    """One Ollama for each way of setting it up, for all tests: a start takes a second."""

    def __init__(self):
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="logos-ollama-"))
        self._made = {}

    def with_settings(self, **settings):
        """Such an Ollama, with nothing loaded."""
        name = " ".join(f"{key}={value}" for key, value in sorted(settings.items()))
        if name not in self._made:
            folder = self._folder / str(len(self._made))
            folder.mkdir()
            self._made[name] = Ollama(folder, **settings)
        self._made[name].empty()
        return self._made[name]

    def end(self):
        codes = {name: one.terminate(30) for name, one in self._made.items()}
        shutil.rmtree(self._folder, ignore_errors=True)
        assert not any(codes.values()), codes


@pytest.fixture(scope="session")
def servers():
    made = Servers()
    yield made
    made.end()


@pytest.fixture
def narrow(servers):
    """An Ollama with room for one model."""
    return servers.with_settings(room=1)


@pytest.fixture
def wide(servers):
    """An Ollama with room for all models and two requests at once to each."""
    return servers.with_settings(room=3, slots=2)


@pytest.fixture(params=["llama.cpp", "ollama"])
def either(request, servers):
    """An Ollama with room for one model; once with each of its two engines."""
    return servers.with_settings(room=1, engine=request.param)
