# SPDX-License-Identifier: MIT
import pathlib
import shutil
import sys
import tempfile
import types

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from support import programs  # noqa: E402
from support.postgres import Postgres  # noqa: E402
from support.programs import Gateway, Simulator, provider  # noqa: E402

# Models without delay, one that streams for seconds, and one for each further kind of path.
CLOUD_MODELS = ["chat:speed=0,prefill=0,tokens=24", "slow:speed=40,prefill=0,tokens=400", "embed:dim=64,can=embedding",
                "whisper:speed=0,prefill=0", "speech:speed=0,prefill=0", "picture:speed=0,prefill=0",
                "moderation:speed=0,prefill=0"]

counts = {"passed": 0, "failed": 0}


def pytest_collection_modifyitems(items):
    for item in items:
        if not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(90 * programs.SLOWNESS))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed:
        counts["failed"] += 1
        for program in programs.started:
            report.sections.append((f"output of {program.name} ({program.process.pid})", program.text[-6000:]))
    elif report.when == "call" and report.passed:
        counts["passed"] += 1


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    if not config.option.collectonly:
        print(f"{counts['passed']} passed, {counts['failed']} failed")


def new_folder():
    return pathlib.Path(tempfile.mkdtemp(prefix="logos-integration-"))


class House:
    """Starts programs in folders of their own, and ends them all. A gateway that is still there must end well."""

    def __init__(self):
        self._programs = []
        self._folders = []

    def folder(self):
        self._folders.append(new_folder())
        return self._folders[-1]

    def simulate(self, *models, **more):
        self._programs.append(Simulator(self.folder(), *models, **more))
        return self._programs[-1]

    def serve(self, providers, folder=None, **settings):
        more = {name: settings.pop(name) for name in ("arguments", "environment", "name", "within") if name in settings}
        self._programs.append(Gateway(folder or self.folder(), {"providers": providers, **settings}, **more))
        return self._programs[-1]

    def logos(self, *arguments, folder, environment=None):
        """Any other command that stays."""
        self._programs.append(programs.Program(" ".join(arguments[:1]), arguments, folder, environment))
        return self._programs[-1]

    def end(self):
        wrong = []
        for program in reversed(self._programs):
            if program in programs.started:
                programs.started.remove(program)
            if not program.running:
                continue
            try:
                code = program.terminate(20)
            except Exception:
                program.kill()
                code = "no end within 20 s"
            if code != 0:
                wrong.append(f"{program.name} ended with {code}:\n{program.text[-4000:]}")
        for folder in self._folders:
            shutil.rmtree(folder, ignore_errors=True)
        assert not wrong, "\n".join(wrong)


@pytest.fixture
def house():
    one = House()
    yield one
    one.end()


@pytest.fixture(scope="session")
def postgres():
    server = Postgres()
    yield server
    server.end()


@pytest.fixture(params=["sqlite", "postgresql"])
def storage(request):
    """The value of `storage:` for a fresh database of either kind."""
    if request.param == "sqlite":
        return "sqlite"
    return request.getfixturevalue("postgres").new_database()


@pytest.fixture(scope="session")
def town():
    """One gateway in front of one provider of each kind, for all tests that leave no trace."""
    house = House()
    cloud = house.simulate(*CLOUD_MODELS, arguments=("--api-key", "sk-upstream", "--seed", "7"))
    ollama = house.simulate("llama:size=10,vram=10,load=0,prefill=0,speed=0,tokens=16",
                            "embedder:size=10,vram=10,load=0,dim=32,can=embedding", flavour="ollama")
    azure = house.simulate("gpt-deployed:speed=0,prefill=0,tokens=12", "slow-deployed:speed=40,prefill=0,tokens=400",
                           flavour="azure", arguments=("--api-key", "azure-upstream"))
    gateway = house.serve([
        provider("cloud", cloud, *[m.split(":")[0] for m in CLOUD_MODELS],
                 {"name": "renamed", "upstream": "chat", "aliases": ["also-renamed"]}, api_key="sk-upstream"),
        provider("gpu", ollama, "llama", "embedder"),
        provider("azure", azure, {"name": "gpt-azure", "upstream": "gpt-deployed"}, api_key="azure-upstream"),
    ], metrics={"public": False})
    key, process_id = gateway.new_key("clients")
    yield types.SimpleNamespace(cloud=cloud, ollama=ollama, azure=azure, gateway=gateway, key=key,
                                process_id=process_id, url=gateway.url, house=house)
    house.end()


@pytest.fixture
def cloud(town):
    """The cloud provider of the town, without faults before and after."""
    town.cloud.clear_faults()
    yield town.cloud
    town.cloud.clear_faults()
