# SPDX-License-Identifier: MIT
"""What bench/measure.py puts before the mock: starting, accounting, ending. Loopback and free ports only."""
import glob
import http.client
import json
import os
import pwd
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time

TICK = os.sysconf("SC_CLK_TCK")
# Which mock answers, by the model that is asked for: at once, 64 chunks 10 ms apart, a chunk every 30 s.
MODELS = {"burst": 0, "paced": 10, "held": 30_000}
# Another name for what the first mock serves, so that limits on a model weigh on nobody who is measured without.
RULED_MODEL = "burst-ruled"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until(what, ready, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if ready():
            return
        time.sleep(0.02)
    raise RuntimeError(f"{what} did not come within {seconds} s")


def listens(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


class Program:
    """A process and its children, with a log of its own."""

    def __init__(self, folder, name, command, env=None):
        self.name = name
        self.log = os.path.join(folder, name + ".log")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=folder, env={**os.environ, **(env or {})})

    def pids(self):
        pid = self.process.pid
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            return [pid, *map(int, f.read().split())]

    def cpu_s(self):
        """User and kernel time of all threads so far, as the kernel accounts them."""
        ticks = 0
        for pid in self.pids():
            with open(f"/proc/{pid}/stat") as f:
                fields = f.read().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / TICK

    def rss_bytes(self):
        pages = 0
        for pid in self.pids():
            with open(f"/proc/{pid}/statm") as f:
                pages += int(f.read().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def wait_for(self, port):
        def ready():
            if self.process.poll() is not None:
                with open(self.log) as f:
                    raise RuntimeError(f"{self.name} ended: {f.read()[-2000:]}")
            return listens(port)

        wait_until(self.name, ready)

    def end(self):
        if self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_mocks(folder, build):
    """One mock per kind of answer; name → (program, port)."""
    mocks = {}
    for model, delay in MODELS.items():
        port = free_port()
        mocks[model] = (Program(folder, f"mock-{model}", [f"{build}/bench/logos_mock", str(port), str(delay)]), port)
        mocks[model][0].wait_for(port)
    return mocks


def start_nginx(folder, mocks):
    """Bare proxy_pass with one worker; returns the program and its port for every model."""
    ports = {m: free_port() for m in mocks}
    me = pwd.getpwuid(os.geteuid()).pw_name
    text = ("user root;\n" if me == "root" else "") + "worker_processes 1; daemon off; worker_rlimit_nofile 20000;\n"
    text += f"pid {folder}/nginx.pid; error_log {folder}/nginx.error.log;\nevents {{ worker_connections 16000; }}\nhttp {{\n"
    text += "access_log off; keepalive_requests 1000000000; proxy_http_version 1.1; proxy_set_header Connection '';\n"
    for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"):
        text += f"{kind}_temp_path {folder}/nginx-{kind};\n"
    for m, (_, target) in mocks.items():
        text += f"upstream {m} {{ server 127.0.0.1:{target}; keepalive 512; keepalive_requests 1000000000; }}\n"
        # One port answers both: streams must not be held back, and small answers cost nginx the same either way.
        text += f"server {{ listen 127.0.0.1:{ports[m]} backlog=4096; location / {{ proxy_pass http://{m}; }} "
        text += f"location /stream/ {{ proxy_buffering off; proxy_pass http://{m}; }} }}\n"
    with open(f"{folder}/nginx.conf", "w") as f:
        f.write(text + "}\n")
    program = Program(folder, "nginx", ["nginx", "-c", f"{folder}/nginx.conf", "-p", folder])
    program.wait_for(ports["burst"])
    return program, ports


def start_haproxy(folder, mocks):
    ports = {m: free_port() for m in mocks}
    text = "global\n  nbthread 1\n  maxconn 9000\ndefaults\n  mode http\n  option http-keep-alive\n  http-reuse always\n"
    text += "  timeout connect 5s\n  timeout client 120s\n  timeout server 120s\n"
    for m, (_, target) in mocks.items():
        text += f"listen {m}\n  bind 127.0.0.1:{ports[m]} backlog 4096\n  server mock 127.0.0.1:{target}\n"
    with open(f"{folder}/haproxy.cfg", "w") as f:
        f.write(text)
    program = Program(folder, "haproxy", ["haproxy", "-db", "-f", f"{folder}/haproxy.cfg"])
    program.wait_for(ports["burst"])
    return program, ports


def start_plain(folder, build, mocks, model, threads):
    port = free_port()
    command = [f"{build}/bench/logos_plain_relay", str(port), f"127.0.0.1:{mocks[model][1]}", str(threads)]
    program = Program(folder, f"plain-{model}", command)
    program.wait_for(port)
    return program, port


class Gateway(Program):
    """`logos serve` with every mock as a provider."""

    def __init__(self, folder, build, mocks, name="governed", threads=1, storage="sqlite", cluster=None):
        self.port = free_port()
        self.data = os.path.join(folder, name)
        # JSON is YAML.
        settings = {
            "listen": f"127.0.0.1:{self.port}", "data_dir": self.data, "storage": storage, "io_threads": threads,
            "secret_key": "of the benchmark only, 0123456789", "log": {"level": "warning"},
            "providers": [{"name": m, "type": "custom", "base_url": f"http://127.0.0.1:{port}", "parallel": 16384,
                           "models": [m, *([RULED_MODEL] if m == "burst" else [])]} for m, (_, port) in mocks.items()]}
        if cluster:
            settings["cluster"] = cluster
        os.makedirs(self.data)
        file = os.path.join(self.data, "logos.yaml")
        with open(file, "w") as f:
            json.dump(settings, f)
        super().__init__(folder, name, [f"{build}/logos", "serve", "--config", file])
        self.wait_for(self.port)

    def root_key(self):
        with open(os.path.join(self.data, "root.key")) as f:
            return f.read().strip()

    def ask(self, method, path, key, body=None):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        c.request(method, path, None if body is None else json.dumps(body),
                  {"Authorization": f"Bearer {key}", "Content-Type": "application/json"})
        answer = c.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text.decode(errors='replace')[:500]}")
        return json.loads(text)

    def new_key(self):
        """A key that may use the mocks' models and nothing else; what it does is logged at level BILLING."""
        root = self.root_key()
        made = self.ask("POST", "/admin/v1/processes", root, {"name": "bench", "log": "BILLING"})
        profiles = self.ask("GET", f"/admin/v1/profiles?process_id={made['id']}", root)["data"]
        profile = [p["id"] for p in profiles if p["process_id"] == made["id"]][0]
        for m in MODELS:
            self.ask("POST", "/admin/v1/permissions", root, {"profile_id": profile, "model": m})
        return made["key"]

    def new_limited_key(self):
        """The same, held to limits of every kind and to a hard budget that are never reached; requests have prices."""
        key = self.new_key()
        root = self.root_key()
        process = max(p["id"] for p in self.ask("GET", "/admin/v1/processes", root)["data"])
        self.limit("process", process)
        self.price("burst")
        self.hold("process", process)
        return key

    def new_ruled_key(self):
        """The same for RULED_MODEL, with every kind of limit on each of key, profile, user, service and model, and a hard
        budget on each that may have one."""
        root = self.root_key()
        user = self.ask("POST", "/admin/v1/users", root, {"username": "bench"})["id"]
        service = self.ask("POST", "/admin/v1/services", root, {"name": "bench"})["id"]
        made = self.ask("POST", "/admin/v1/processes", root,
                        {"name": "ruled", "log": "BILLING", "user_id": user, "service_id": service})
        self.ask("POST", "/admin/v1/permissions", root, {"profile_id": made["profile_id"], "model": RULED_MODEL})
        [model] = [m["id"] for m in self.ask("GET", "/admin/v1/models", root)["data"] if m["name"] == RULED_MODEL]
        self.price(RULED_MODEL)
        whose = {"process": made["id"], "profile": made["profile_id"], "user": user, "service": service}
        for scope, number in {**whose, "model": model}.items():
            self.limit(scope, number)
        for scope, number in whose.items():
            self.hold(scope, number)
        return made["key"]

    def limit(self, scope, number):
        for kind in ("requests_per_minute", "tokens_per_minute", "parallel_requests"):
            self.ask("POST", "/admin/v1/limits", self.root_key(),
                     {"scope": scope, "scope_id": number, "kind": kind, "value": 10**12})

    def price(self, model):
        for of in ("prompt_tokens", "completion_tokens"):
            self.ask("POST", "/admin/v1/prices", self.root_key(),
                     {"model": model, "token_type": of, "valid_from": "2026-01-01T00:00:00Z",
                      "price_per_k_token": "0.000001", "currency": "EUR"})

    def hold(self, scope, number):
        self.ask("POST", "/admin/v1/budgets", self.root_key(), {"scope": scope, "scope_id": number, "period": "month",
                                                                "amount": "9000000000", "currency": "EUR"})

    def accepts(self, key, model="burst"):
        try:
            self.ask("GET", f"/v1/models/{model}", key)
            return True
        except (RuntimeError, OSError):
            return False

    def owner_of(self, provider):
        """The node where the SCHEDULER of a provider lives."""
        for a in self.ask("GET", "/admin/v1/actors", self.root_key())["actors"]:
            if a["name"] == f"scheduler/{provider}" and a["kind"] == "scheduler":
                return a["node"]
        return None


class Postgres:
    """A PostgreSQL of our own on a socket in a folder of its own."""

    def __init__(self):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda p: int(p.split("/")[4]))
        if not found:
            raise RuntimeError("PostgreSQL is not installed")
        self.binaries = found[-1]
        self.folder = tempfile.mkdtemp(prefix="logos-bench-pg-")
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        self.run(f"{self.binaries}/initdb -D data -U logos -A trust -E UTF8 --locale=C --no-sync")
        options = f"-F -c listen_addresses= -c unix_socket_directories={self.folder} -c max_connections=60"
        self.run(f"{self.binaries}/pg_ctl -D data -w -l log -o {shlex.quote(options)} start")
        self.url = self.new_database("bench")

    def new_database(self, name):
        self.script("postgres", f"create database {name}")
        return f"postgresql://logos@/{name}?host={self.folder}"

    def script(self, name, text):
        """Runs statements, each by itself."""
        command = ["psql", "-h", self.folder, "-U", "logos", "-d", name, "-q", "-v", "ON_ERROR_STOP=1", "-At"]
        return subprocess.run(command, input=text, check=True, stdout=subprocess.PIPE, text=True).stdout

    def ask(self, name, query):
        return self.script(name, query).strip()

    def set(self, setting, value):
        self.script("postgres", f"alter system set {setting} = '{value}'")
        self.script("postgres", "select pg_reload_conf()")

    def sizes(self, name):
        """Table → megabytes with its indexes, the largest first."""
        lines = self.ask(name, "select relname, pg_total_relation_size(oid) / 1000000 from pg_class where relkind = 'r'"
                               " and pg_total_relation_size(oid) > 1000000 order by 2 desc limit 8")
        return dict(line.split("|") for line in lines.splitlines())

    def run(self, command):
        as_owner = ["runuser", "-u", "postgres", "--", "sh", "-c"] if os.geteuid() == 0 else ["sh", "-c"]
        return subprocess.run([*as_owner, f"cd {self.folder} && {command}"], check=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, text=True).stdout

    def rows(self):
        text = self.run(f"psql -h {self.folder} -U logos -d bench -Atc "
                        "'select count(*), count(*) filter (where http_status = 200) from log_entry'")
        return tuple(map(int, text.strip().split("|")))

    def end(self):
        self.run(f"{self.binaries}/pg_ctl -D data -w -m fast stop >/dev/null")
        shutil.rmtree(self.folder, ignore_errors=True)
