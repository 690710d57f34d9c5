# SPDX-License-Identifier: Apache-2.0
"""pytest plugin: tests of Bulkhead on simulated boards. Reference: docs/testing.md.

In the tree tests/conftest.py loads it. A system outside the tree does the same in its own
conftest.py (make test puts this folder on the path):

    pytest_plugins = ["pytest_bulkhead"]

What it gives: the `board` fixture, the `scope` fixture, the markers below, the line that runs a
failed test alone, and the table of slowest tests at the end.
"""

import contextlib
import dataclasses
import fcntl
import fnmatch
import functools
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

import pexpect
import pexpect.spawnbase
import pytest
import yaml
from elftools.elf.elffile import ELFFile
from _pytest.runner import runtestprotocol

SOURCE = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(SOURCE / "scripts"))
import bench  # noqa: E402
import coverage  # noqa: E402
import emulator_plugin  # noqa: E402
import lcov  # noqa: E402
import sim  # noqa: E402
import symbolize  # noqa: E402

MARKERS = [
    "boards(*patterns, arch=None): the boards a test runs on, as in tests.yaml (docs/testing.md)",
    "config(conf='default', *options): configuration fragment and CONFIG_X=y lines of its build",
    "bench(twice=()): measures; make bench runs these and takes the figures from their consoles; "
    "twice: boards where also on a build without Bulkhead's guards of itself",
    "unguarded: set by the plugin on that second time",
    "req(*ids): the requirements of docs/requirements.yaml that the test shows to hold",
    "cannot(*patterns, reason=...): boards whose emulator cannot carry the test; strict: it runs, "
    "and must fail there",
]

# What a build must not inherit from the make that started the tests.
NOT_FOR_BUILDS = ("MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "O", "BOARD", "CONF",
                  "EXTRA_CONF_FILE", "TEST_DIR", "TESTS", "SCOPE")

# Builds without Bulkhead's guards of itself, for `make bench` alone.
UNGUARDED = "CONFIG_UNPROTECTED=y"

# What a board can do wrong; a missing file or a failed build (SimError) is never expected.
VERDICTS = (AssertionError, pytest.fail.Exception)

# How an emulator ends that is at fault itself, as a status.
CRASHES = (-signal.SIGSEGV, -signal.SIGBUS, -signal.SIGILL, -signal.SIGFPE)

FAILED = r"(guest|result|selftest): failed"  # what a test program ends with instead of "passed"
EXPECT_SECONDS = 60  # hard limit of one wait; generous, since the machine may be busy
BUILD_SECONDS = 600


# --- Options, boards -----------------------------------------------------------------------------


def pytest_addoption(parser):
    g = parser.getgroup("bulkhead")
    env = os.environ.get
    g.addoption("--out", default=env("O") or str(SOURCE / "build"),
                help="output directory; builds and runs of tests go below it (default: $O)")
    g.addoption("--board", action="append", default=None,
                help="run board tests on this board and its variants, or on board/variant")
    g.addoption("--tests", default="",
                help="which tests: paths or node ids (from here, the source tree or its tests/), "
                "else an expression as for -k")
    g.addoption("--scope", choices=["push", "full"], default=env("SCOPE") or "push",
                help="how many repetitions; the list of tests is the same (default: $SCOPE)")
    g.addoption("--coverage", action="store_true", default=env("COVERAGE") not in (None, "", "0"),
                help="note which lines of the image run on QEMU boards (default: $COVERAGE)")
    g.addoption("--bench", action="store_true",
                help="only tests that measure; figures go to bench.json below --out")
    g.addoption("--budget", type=float, default=float(env("BUDGET") or 25),
                help="minutes the run may take; more is reported, never an error")


def pytest_configure(config):
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    config.bulkhead_out = pathlib.Path(config.getoption("--out")).resolve()
    config.bulkhead_builds = {}
    config.bulkhead_started = time.monotonic()
    # Builds of tests have most of what they compile in common.
    os.environ.setdefault("LAUNCHER", "ccache" if shutil.which("ccache") else "")
    os.environ.setdefault("CCACHE_DIR", str(config.bulkhead_out / "ccache"))
    choose_tests(config, config.getoption("--tests"))
    if config.getoption("--coverage") and not hasattr(config, "workerinput"):
        for old in config.bulkhead_out.glob("test-runs/*/*/blocks"):
            old.unlink()
        config.bulkhead_out.mkdir(parents=True, exist_ok=True)
        emulator_plugin.build(config.bulkhead_out)


def choose_tests(config, text):
    """TESTS= of make test."""
    places = [config.invocation_params.dir, SOURCE, SOURCE / "tests"]
    found = [find_test(places, word) for word in text.split()]
    if found and all(found):
        config.args = found
    elif text:
        config.option.keyword = text


def find_test(places, word):
    """'path' or 'path::test[id]' with the path made absolute; None if there is no such file."""
    path, colons, rest = word.partition("::")
    for place in places:
        if (place / path).exists():
            return str(place / path) + colons + rest
    return None


def chosen_boards(config):
    """What --board (or $BOARD) names; empty: all."""
    given = config.getoption("--board")
    return given if given is not None else os.environ.get("BOARD", "").split()


@functools.cache
def known_boards():
    return sim.all_boards()


@functools.cache
def all_names():
    """Every board that has a simulation, default variant first, then its variants."""
    return [f"{b.name}/{v}" if v else b.name for b in known_boards().values()
            if "simulation" in b.data for v in b.variants]


def matching(patterns, arch=None):
    """Names that match a pattern: 'default' is every simulator without variant, 'all' every one,
    else shell patterns over 'board' and 'board/variant'."""
    names = []
    for name in all_names():
        board = known_boards()[sim.split_name(name)[0]]
        if arch is not None and board.arch != arch:
            continue
        # A real part, which an emulator imitates, is tested where it is named.
        default = "/" not in name and board.data.get("type", "sim") == "sim"
        if any(p == "all" or (p == "default" and default) or fnmatch.fnmatchcase(name, p)
               for p in patterns):
            names.append(name)
    return names


@functools.cache
def tests_yaml(folder):
    """tests.yaml of a test's folder: {boards: [patterns], arch: ...}; all keys may be absent."""
    path = folder / "tests.yaml"
    data = yaml.safe_load(path.read_text()) if path.is_file() else {}
    unknown = set(data) - {"boards", "arch", "description"}
    if unknown:
        raise pytest.UsageError(f"{path}: unknown keys: {' '.join(sorted(unknown))}")
    return data


def allowed_boards(definition, path):
    marker = definition.get_closest_marker("boards")
    if marker is not None:
        return matching(marker.args or ["default"], marker.kwargs.get("arch"))
    data = tests_yaml(path.parent)
    patterns = data.get("boards", ["default"])
    return matching([patterns] if isinstance(patterns, str) else patterns, data.get("arch"))


def pytest_generate_tests(metafunc):
    if "board" in metafunc.fixturenames:
        names = allowed_boards(metafunc.definition, metafunc.definition.path)
        if metafunc.config.getoption("--bench"):
            twice = matching(measured_twice(metafunc.definition))
            names += [pytest.param(n, id=f"{n}-unguarded", marks=pytest.mark.unguarded)
                      for n in names if n in twice]
        metafunc.parametrize("board", names, indirect=True, scope="function")


def measured_twice(definition):
    """Patterns of boards where a test also measures a build without Bulkhead's guards of itself."""
    marker = definition.get_closest_marker("bench")
    return marker.kwargs.get("twice", ()) if marker is not None else ()


def board_of(item):
    call = getattr(item, "callspec", None)
    return call.params.get("board") if call else None


def pytest_collection_modifyitems(config, items):
    chosen = chosen_boards(config)
    keep, drop = [], []
    for item in items:
        name = board_of(item)
        fits = name is None or not chosen or any(
            name == c or name.startswith(c + "/") for c in chosen)
        if config.getoption("--bench"):
            fits = fits and item.get_closest_marker("bench") is not None
        (keep if fits else drop).append(item)
        for marker in item.iter_markers("cannot"):
            if name in matching(marker.args):
                item.add_marker(pytest.mark.xfail(reason=marker.kwargs["reason"], strict=True,
                                                  raises=VERDICTS))
        for marker in item.iter_markers("req"):
            item.user_properties += [("requirement", r) for r in marker.args]
    if drop:
        items[:] = keep
        config.hook.pytest_deselected(items=drop)
    check_requirements(items)


# --- Requirements --------------------------------------------------------------------------------


@functools.cache
def requirements():
    """{id: text} of docs/requirements.yaml; a system outside the tree may have none."""
    data = yaml.safe_load((SOURCE / "docs" / "requirements.yaml").read_text())
    return {r["id"]: r["text"] for r in data["requirements"]}


def check_requirements(items):
    for item in items:
        for marker in item.iter_markers("req"):
            for name in marker.args:
                if name.startswith("BH-") and name not in requirements():
                    raise pytest.UsageError(f"{item.nodeid}: {name} is not in "
                                            "docs/requirements.yaml")


# --- Scope ---------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Scope:
    full: bool

    def count(self, push, full):
        """How often: the first number on every push, the second with SCOPE=full."""
        return full if self.full else push


@pytest.fixture(scope="session")
def scope(request):
    return Scope(request.config.getoption("--scope") == "full")


# --- Builds --------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Build:
    """What one build directory is made from; equal ones share it."""

    board: str
    conf: str = "default"
    options: tuple = ()
    test_dir: str = ""

    @property
    def folder(self):
        """Readable, and different for whatever differs."""
        words = [self.board, self.conf]
        if self.test_dir:
            words.append(pathlib.Path(self.test_dir).name)
        if self.options or self.test_dir:
            text = "\0".join([*self.options, self.test_dir])
            words.append(hashlib.sha256(text.encode()).hexdigest()[:8])
        return "-".join(words)


def build_environment():
    return {k: v for k, v in os.environ.items() if k not in NOT_FOR_BUILDS}


# What of a finished build is right for another one of its architecture, until make has looked.
SHARED_PARTS = (".config", ".settings", "include", "keys", "obj")


@contextlib.contextmanager
def build_lock(out):
    """Nobody else builds in this folder, or copies it."""
    with open(out.with_name(out.name + ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def relative_of(config, build):
    """A finished build that has most of its objects in common with this one, or None: the board's
    own without test and options; for that one, what is there of another board."""
    plain = Build(build.board, build.conf)
    if build != plain:
        try:
            return make_build(config, plain)
        except sim.SimError:
            return None
    arch = known_boards()[build.board].arch
    folders = (config.bulkhead_out / "test-builds" / Build(b.name, build.conf).folder
               for b in known_boards().values() if b.arch == arch and b.name != build.board)
    return next((f for f in folders if (f / "bulkhead.elf").exists()), None)


def start_build(out, relative):
    """A copy of a finished build's objects: make compiles what differs. Whole or not there at all."""
    new = out.with_name(out.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    if relative:
        with build_lock(relative):
            subprocess.run(["cp", "-a", *(relative / p for p in SHARED_PARTS if (relative / p).exists()),
                            new], check=True, timeout=BUILD_SECONDS)
    new.rename(out)


def make_build(config, build):
    """Directory of a finished build. Made once a session, by make, under a lock of its own."""
    out = config.bulkhead_out / "test-builds" / build.folder
    if build in config.bulkhead_builds:
        if isinstance(config.bulkhead_builds[build], sim.SimError):
            raise config.bulkhead_builds[build]
        return out
    out.parent.mkdir(parents=True, exist_ok=True)
    command = ["make", "-C", str(SOURCE), f"BOARD={build.board}", f"O={out}", f"CONF={build.conf}"]
    if build.test_dir:
        command.append(f"TEST_DIR={build.test_dir}")
    if build.options:
        fragment = out.with_name(out.name + ".conf")
        fragment.write_text("".join(f"{o}\n" for o in build.options))
        command.append(f"EXTRA_CONF_FILE={fragment}")
    relative = None if out.exists() else relative_of(config, build)
    with build_lock(out):
        if not out.exists():
            start_build(out, relative)
        done = subprocess.run([*command, "defconfig", "all"], env=build_environment(), text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=BUILD_SECONDS, check=False)
    if done.returncode != 0:
        error = sim.SimError(f"build failed: {' '.join(command)} defconfig all\n{done.stdout}")
        config.bulkhead_builds[build] = error
        raise error
    config.bulkhead_builds[build] = out
    return out


# --- The board -----------------------------------------------------------------------------------


class ConsoleReader(pexpect.spawnbase.SpawnBase):
    """pexpect over sim.Console. Carriage returns are dropped."""

    def __init__(self, console):
        super().__init__(timeout=EXPECT_SECONDS, encoding="utf-8", codec_errors="replace")
        self._console = console
        self._offset = 0

    def read_nonblocking(self, size=1, timeout=None):
        data = self._console.read(self._offset, timeout)
        if data is None:
            self.flag_eof = True
            raise pexpect.EOF("the emulator has ended")
        if not data:
            raise pexpect.TIMEOUT("nothing more came")
        data = data[:size]
        self._offset += len(data)
        return self._decoder.decode(data, final=False).replace("\r", "")


@functools.lru_cache(maxsize=16)
def symbolizer_of(elf, stamp):
    """Of a program as it was then: seconds to load its lines, and many tests share a program."""
    del stamp
    return symbolize.Symbolizer(elf)


class BoardRun:
    """A board under test. Built and started by the first use, or by build() and start()."""

    def __init__(self, config, name, build, run_dir):
        self.name = name
        self.config = config
        board, self.variant = sim.split_name(name)
        self.board = known_boards()[board]
        self.arch = self.board.arch
        self.wanted = build
        self.run_dir = run_dir
        self.run = None
        self.runs = []
        self.figures = []
        self._reader = None

    # building
    @property
    def build_dir(self):
        """The finished build."""
        return make_build(self.config, self.wanted)

    def configure(self, *options):
        """CONFIG_ lines for its build, beside those of the marker; before anything is built."""
        self.wanted = dataclasses.replace(self.wanted, options=(*self.wanted.options, *options))

    @property
    def elf(self):
        return self.build_dir / "bulkhead.elf"

    @property
    def elf_if_built(self):
        """The same, but nothing is built to answer."""
        build = self.config.bulkhead_builds.get(self.wanted)
        return build / "bulkhead.elf" if isinstance(build, pathlib.Path) else None

    @property
    def symbolizer(self):
        return symbolizer_of(self.elf, self.elf.stat().st_mtime_ns)

    @functools.cached_property
    def options(self):
        """CONFIG_ values of the build: {'MAX_CPUS': '10', ...}; what is off is absent."""
        text = (self.build_dir / ".config").read_text()
        return {k: v.strip('"') for k, v in re.findall(r"^CONFIG_(\w+)=(.*)$", text, re.M)}

    @property
    def parameters(self):
        """Parameters of the simulation, as strings (docs/testing.md)."""
        return sim.settings(self.board, self.variant)["parameters"]

    @property
    def deterministic(self):
        return self.emulator == "bochs" or bool(self.parameters["icount"])

    @property
    def emulator(self):
        """'qemu' or 'bochs'."""
        return self.board.simulation["emulator"]

    # running
    def start(self, *, reboot=False, extra=(), timeout=None, **parameters):
        """(Re)starts it. `parameters` replace those of the simulation: start(cpus=4). With
        `kernel` another program runs, and Bulkhead is not built."""
        self.stop()
        run_dir = self.run_dir / str(len(self.runs))
        foreign = parameters.get("kernel") not in (None, "", self.elf_if_built)
        build_dir = run_dir if foreign else self.build_dir
        extra = [*extra, *self._coverage(build_dir, run_dir)]
        self.run = sim.Simulation(self.board, self.variant, build_dir=build_dir, run_dir=run_dir,
                                  overrides=parameters, extra=extra, reboot=reboot)
        self.runs.append(self.run)
        self.run.start(timeout)
        self._reader = ConsoleReader(self.run.console)
        return self

    def _coverage(self, build_dir, run_dir):
        elf = build_dir / "bulkhead.elf"
        if not (self.config.getoption("--coverage") and self.emulator == "qemu" and elf.exists()):
            return []
        run_dir.mkdir(parents=True, exist_ok=True)
        (run_dir / "elf").write_text(str(elf))
        return emulator_plugin.arguments(self.config.bulkhead_out / "libplugin.so",
                                         emulator_plugin.text_of(elf), blocks=run_dir / "blocks")

    def system_image(self, source, **parameters):
        """Signed image of a system's source, for start(initrd=...), made and checked by `make image`
        for the board with these parameters: system_image(file, cpus=4)."""
        out = self.build_dir
        self.run_dir.mkdir(parents=True, exist_ok=True)
        command = ["make", "-C", str(SOURCE), f"O={out}", "INSTALL=no", f"SYSTEM={source}",
                   f"SET={' '.join(f'{k}={v}' for k, v in parameters.items())}", "image"]
        with build_lock(out):
            done = subprocess.run(command, env=build_environment(), text=True, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  timeout=BUILD_SECONDS, check=False)
            if done.returncode != 0:
                raise sim.SimError(f"no image: {' '.join(command)}\n{done.stdout}")
            image = self.run_dir / (pathlib.Path(source).stem + ".itb")
            image.write_bytes((out / "system.itb").read_bytes())
        return image

    def guest(self, guest, folder, **variables):
        """Builds a test guest for the board: a name in tests/guest, or the path of a folder. Its
        files in `folder` are called <name>-<arch>.elf and .bin."""
        command = ["make", "-C", str(SOURCE / "tests/guest"), f"ARCH={self.arch}",
                   f"GUEST={guest}", f"OUTPUT={folder}",
                   *(f"{k}={v}" for k, v in variables.items())]
        done = subprocess.run(command, env=build_environment(), text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=BUILD_SECONDS, check=False)
        if done.returncode != 0:
            raise sim.SimError(f"no guest: {' '.join(command)}\n{done.stdout}")

    def address(self, symbol):
        """Where a function or variable of the board's build lies."""
        with open(self.elf, "rb") as file:
            table = ELFFile(file).get_section_by_name(".symtab")
            return table.get_symbol_by_name(symbol)[0]["st_value"]

    def with_text(self, mark, text):
        """A copy of the board's disk image with `text` over the first `mark`: how a program in the
        image is told something where no loader passes a command line. For start(disk=...)."""
        image = pathlib.Path(self.parameters["disk"].format(build=self.build_dir))
        data = bytearray(image.read_bytes())
        at = data.index(mark.encode())
        data[at:at + len(text) + 1] = text.encode() + b"\0"
        self.run_dir.mkdir(parents=True, exist_ok=True)
        copy = self.run_dir / image.name
        copy.write_bytes(data)
        return copy

    def _running(self):
        if self.run is None:
            self.start()
        return self._reader

    def expect(self, pattern, timeout=EXPECT_SECONDS):
        """Waits for the regular expression in what the console said since the last match; answers
        the match. Fails the test when the time is over, the board ended without it, or a program
        whose "passed" is waited for has said "failed"."""
        reader = self._running()
        waited = [pattern, pexpect.EOF, pexpect.TIMEOUT]
        if "passed" in pattern and "failed" not in pattern:
            waited.append(FAILED)
        found = reader.expect(waited, timeout=timeout)
        if found != 0:
            why = ("", "the board ended", f"{timeout} s passed", "the program failed")[found]
            if found == 1:
                why += f" ({self.wait()})"
            pytest.fail(f"{self.name}: {why} without {pattern!r} on the console")
        return reader.match

    def expect_exact(self, text, timeout=EXPECT_SECONDS):
        return self.expect(re.escape(text), timeout)

    def send(self, text):
        self._running()
        self.run.console.send(text)

    def wait(self):
        """Waits for the end of the simulation; answers sim.Result."""
        self._running()
        return self.run.wait()

    def stop(self):
        if self.run is not None and self.run.console is not None:
            self.run.stop()
            self.run.wait()

    def expect_passed(self):
        """The board ended the simulation itself, with status passed."""
        result = self.wait()
        assert result.passed, f"{self.name}: {result}"

    def expect_failed(self):
        result = self.wait()
        assert result.outcome == "failed", f"{self.name}: {result}"

    @property
    def exit_status(self):
        """Exit status of the emulator."""
        return self.wait().status

    @property
    def console(self):
        """All the console said so far, as text."""
        self._running()
        return self.run.console.text

    @property
    def lines(self):
        return self.console.splitlines()

    def figure(self, metric, unit, n, least, mean, most):
        """A figure for make bench that the test has found itself."""
        self.figures.append(bench.Figure(self.name, metric, unit, n, least, mean, most))

    def symbolized(self):
        """The console with function (file:line) at every code address."""
        return "\n".join(self.symbolizer.annotate(line) for line in self.lines)

    def boot(self, **parameters):
        """Starts it and waits for the end of the boot story."""
        self.start(**parameters)
        self.expect("boot complete\n")
        return self


def build_of(item, name):
    """The build a test asks for: its folder's code, if any, and its config marker."""
    marker = item.get_closest_marker("config")
    conf, *options = marker.args if marker and marker.args else ["default"]
    if item.get_closest_marker("unguarded"):
        options.append(UNGUARDED)
    folder = item.path.parent
    test_dir = str(folder) if (folder / "objects.mk").is_file() else ""
    return Build(sim.split_name(name)[0], conf, tuple(options), test_dir)


@pytest.fixture
def board(request):
    """The board under test; see BoardRun."""
    config = request.config
    safe = re.sub(r"[^\w.-]+", "_", request.node.nodeid.removeprefix("tests/"))
    run = BoardRun(config, request.param, build_of(request.node, request.param),
                   config.bulkhead_out / "test-runs" / safe[-150:])
    request.node.bulkhead_board = run
    yield run
    run.stop()


# --- Crashes of emulators ------------------------------------------------------------------------


def crash_of(item):
    """What the emulator that crashed under a test was and said, if one did."""
    board = getattr(item, "bulkhead_board", None)
    for run in board.runs if board else []:
        result = run.result
        if result and result.status in CRASHES:
            return f"{run.program}: signal {-result.status}: {result.message}"
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    """A test that failed as its emulator crashed runs once more, and the summary says so: what the
    emulator does wrong once in a hundred runs is no verdict on Bulkhead."""
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    crash = crash_of(item) if any(r.failed for r in reports) else None
    if crash:
        item._initrequest()
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        reports[0].user_properties.append(("crash", crash))
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


# --- Reports -------------------------------------------------------------------------------------


def rerun_line(item):
    words = ["make test"]
    if root := os.environ.get("BOARD_ROOT"):
        words.append(f"BOARD_ROOT='{root}'")
    if item.config.getoption("--scope") == "full":
        words.append("SCOPE=full")
    path = item.path.relative_to(SOURCE) if item.path.is_relative_to(SOURCE) else item.path
    _, colons, rest = item.nodeid.partition("::")
    path = f"{path}{colons}{rest}"
    words.append(f"TESTS='{path}'")
    return " ".join(words)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.when == "call" and item.get_closest_marker("bench"):
        found = figures_of(item.bulkhead_board)
        if item.get_closest_marker("unguarded"):
            found = [bench.unguarded(f) for f in found]
        report.user_properties.append(
            ("figures", json.dumps([dataclasses.astuple(f) for f in found])))
    if not report.failed:
        return
    board = getattr(item, "bulkhead_board", None)
    for run in board.runs if board else []:
        if run.console is None:
            continue
        report.sections.append((f"command of {run.name}", " ".join(run.command())))
        report.sections.append((f"console of {run.name}", console_of(run)))
        if message := run.emulator_message():
            report.sections.append((f"last words of {run.program}", message))
    report.sections.append(("to run it alone", rerun_line(item)))


def console_of(run):
    """The console as a reader wants it; as it is where another program ran than Bulkhead."""
    elf = run.build_dir / "bulkhead.elf"
    if not elf.is_file():
        return run.console.text
    symbolizer = symbolizer_of(elf, elf.stat().st_mtime_ns)
    return "\n".join(symbolizer.annotate(line) for line in run.console.text.splitlines())


def figures_of(board):
    found = list(board.figures)
    for run in board.runs:
        found += bench.read(board.name, run.console.text) if run.console else []
    return found


def report_bench(terminalreporter, config):
    found = [bench.Figure(*f) for reports in terminalreporter.stats.values() for report in reports
             for key, text in getattr(report, "user_properties", ()) if key == "figures"
             for f in json.loads(text)]
    try:
        rows, verdicts = bench.judged(found, bench.load_targets())
    except bench.BenchError as e:
        raise pytest.UsageError(str(e)) from e
    path = config.bulkhead_out / "bench.json"
    bench.write(rows, path)
    terminalreporter.section(f"figures: {path}")
    for line in bench.table(rows, verdicts):
        terminalreporter.write_line(line)


def report_coverage(terminalreporter, config):
    """Everything QEMU boards ran, and what host tests left as lcov files."""
    out = config.bulkhead_out
    runs = {}
    for blocks in out.glob("test-runs/*/*/blocks"):
        runs.setdefault(blocks.with_name("elf").read_text(), []).append(blocks)
    lines = coverage.collect(runs.items(), out.glob("unit-coverage/coverage.info"),
                             ("core/", "lib/", "drivers/", "arch/x86/", "arch/arm64/"), SOURCE)
    (out / "coverage").mkdir(exist_ok=True)
    lcov.write(lines, out / "coverage", SOURCE)
    hit, count = lcov.total(lines)
    terminalreporter.section("coverage")
    terminalreporter.write_line(f"{100 * hit / max(count, 1):.1f} % of {count} lines ran: "
                                f"{out / 'coverage' / 'coverage.txt'}")


def say_what_picked_none(terminalreporter, config):
    """Nothing ran because nothing is called what was asked for."""
    if config.getoption("collectonly") or terminalreporter.stats.get("error"):
        return
    asked = [f"TESTS='{config.getoption('--tests')}'"] if config.getoption("--tests") else []
    asked += [f"BOARD={board}" for board in chosen_boards(config)]
    if asked:
        terminalreporter.write_line(f"{' '.join(asked)}: no test is called that: a path below tests/, "
                                    "path::test, or words of the names; 'make help' says more")


def pytest_terminal_summary(terminalreporter, config):
    if config.getoption("--coverage"):
        report_coverage(terminalreporter, config)
    if config.getoption("--bench"):
        report_bench(terminalreporter, config)
    for report in terminalreporter.getreports(""):
        for key, text in getattr(report, "user_properties", ()):
            if key == "crash":
                terminalreporter.write_line(f"ran again, the emulator had crashed: {report.nodeid}: {text}")
    seconds = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            if hasattr(report, "duration") and hasattr(report, "nodeid"):
                seconds[report.nodeid] = seconds.get(report.nodeid, 0) + report.duration
    if not seconds:
        say_what_picked_none(terminalreporter, config)
        return
    total = time.monotonic() - config.bulkhead_started
    budget = config.getoption("--budget") * 60
    terminalreporter.section("time")
    for nodeid, spent in sorted(seconds.items(), key=lambda x: -x[1])[:10]:
        terminalreporter.write_line(f"{spent:7.1f} s  {nodeid}")
    line = f"{len(seconds)} tests in {total / 60:.1f} min, budget {budget / 60:g} min"
    if total > budget:
        terminalreporter.write_line(f"WARNING: over budget: {line}", yellow=True)
    else:
        terminalreporter.write_line(line)
