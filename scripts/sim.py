#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Simulated boards: from a board's description to a running emulator.

A board is a folder <root>/boards/<vendor>/<board>/ with a file <board>.yaml. Its `simulation:`
section says which emulator runs the board and how; docs/testing.md is its reference. This module
is the only reader of that section: `make run` (scripts/run.py) and the tests (the `board` fixture,
scripts/pytest_bulkhead.py) both go through it.

    board = sim.find_board("qemu_virt_arm64", roots=[...])
    run = sim.Simulation(board, "gicv2", build_dir="build", run_dir="build/run")
    run.start(timeout=30)
    run.console.wait_for(b"boot complete", 10)
    result = run.wait()                 # Result(outcome="passed", status=0, ...)

Needs Python 3.11 and PyYAML.
"""

import dataclasses
import errno
import functools
import os
import pathlib
import pty
import re
import select
import shlex
import shutil
import signal
import subprocess
import termios
import threading
import time
import tty

import yaml

SOURCE = pathlib.Path(__file__).resolve().parent.parent

# Debian package that carries each program, for the message when it is missing.
PACKAGES = {
    "qemu-system-aarch64": "qemu-system-arm",
    "qemu-system-x86_64": "qemu-system-x86",
    "bochs": "bochs bochs-term bochsbios",
    "dtc": "device-tree-compiler",
}

# Every board gets these first: no device, window or clock that the board's description does not name,
# and its first serial port for the console.
QEMU_COMMON = [
    "-no-user-config", "-nodefaults", "-display", "none", "-monitor", "none",
    "-serial", "stdio", "-rtc", "base=2000-01-01T00:00:00,clock=vm", "-seed", "1",
]

KILL_AFTER = 5  # seconds between SIGTERM and SIGKILL: Bochs often ignores the first


class SimError(Exception):
    """What the user must know, in one line."""


# --- Board descriptions ------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Board:
    name: str
    path: pathlib.Path  # the board's folder
    data: dict  # the whole of <board>.yaml

    @property
    def arch(self):
        return self.data["arch"]

    @property
    def simulation(self):
        if "simulation" not in self.data:
            raise SimError(f"board {self.name}: {self.yaml} has no simulation: section")
        return self.data["simulation"]

    @property
    def yaml(self):
        return self.path / f"{self.name}.yaml"

    @property
    def variants(self):
        """Names of all variants; the default one is the empty string and comes first."""
        return ["", *self.data.get("simulation", {}).get("variants", {})]


def board_roots(extra=None):
    """Roots that hold a boards/ folder: those of BOARD_ROOT (colon or space separated), then ours."""
    text = os.environ.get("BOARD_ROOT", "") if extra is None else extra
    roots = [pathlib.Path(r).resolve() for r in re.split(r"[:\s]+", text) if r]
    return [*roots, SOURCE]


def all_boards(roots=None):
    """Every board of the roots, by name. A name in an earlier root hides the same one in a later."""
    boards = {}
    for root in roots or board_roots():
        for path in sorted(root.glob("boards/*/*/")):
            file = path / f"{path.name}.yaml"
            if path.name in boards or not file.is_file():
                continue
            try:
                data = yaml.safe_load(file.read_text())
            except yaml.YAMLError as e:
                raise SimError(f"{file}: not YAML: {' '.join(str(e).split())}") from e
            boards[path.name] = Board(path.name, path, data or {})
    return boards


def split_name(name):
    """'board/variant' -> (board, variant); the variant is '' where none is named."""
    board, _, variant = name.partition("/")
    return board, variant


def find_board(name, roots=None):
    name, variant = split_name(name)
    boards = all_boards(roots)
    if name not in boards:
        raise SimError(f"no board {name!r}; there are: {' '.join(boards) or 'none'}")
    board = boards[name]
    if variant not in board.variants:
        known = " ".join(v for v in board.variants if v) or "none"
        raise SimError(f"board {name} has no variant {variant!r}; there are: {known}")
    return board


def settings(board, variant="", overrides=None):
    """The simulation section with the variant merged in: its keys replace, its parameters and
    `exit` add to those of the board; `overrides` are parameters again, and must exist."""
    base = dict(board.simulation)
    chosen = base.pop("variants", {}).get(variant, {}) if variant else {}
    base.pop("variants", None)
    merged = {**base, **chosen}
    parameters = {**base.get("parameters", {}), **chosen.get("parameters", {})}
    for key, value in (overrides or {}).items():
        if key not in parameters:
            known = " ".join(sorted(parameters))
            raise SimError(f"board {board.name} has no parameter {key!r}; there are: {known}")
        parameters[key] = value
    merged["parameters"] = {k: "" if v is None else str(v) for k, v in parameters.items()}
    return merged


def expand(template, parameters):
    """One argument template to words. '{name}' stands for a parameter; a template that uses an
    empty parameter is left out, so that a variant drops an argument by emptying it."""
    used = re.findall(r"\{(\w+)\}", template)
    for name in used:
        if name not in parameters:
            raise SimError(f"argument {template!r} uses the unknown parameter {name!r}")
    if any(parameters[name] == "" for name in used):
        return []
    return [re.sub(r"\{(\w+)\}", lambda m: parameters[m[1]], w) for w in shlex.split(template)]


# --- Emulators ---------------------------------------------------------------------------------


@functools.cache
def program_path(program):
    path = shutil.which(program)
    if path is None:
        package = PACKAGES.get(program, program)
        raise SimError(f"{program} is not installed; on Debian: apt-get install {package}")
    return path


@functools.cache
def program_banner(program):
    option = "--help" if program == "bochs" else "--version"
    done = subprocess.run([program_path(program), option], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=30, check=False)
    return done.stdout + done.stderr


def program_version(program):
    """(major, minor), or (0, 0) where the program does not say."""
    found = re.search(r"(?:version|Emulator) (\d+)\.(\d+)", program_banner(program))
    return (int(found[1]), int(found[2])) if found else (0, 0)


def check_version(program, needs):
    have = program_version(program)
    want = tuple(int(n) for n in str(needs).split("."))
    if have < want:
        raise SimError(f"{program} is version {have[0]}.{have[1]}, this board needs {needs} or "
                       f"newer (on Debian 12: {PACKAGES.get(program, program)} from backports)")


# --- Console -----------------------------------------------------------------------------------


class Console:
    """What the board's serial port said so far, and a way to answer.

    A thread of its own collects the output, so that a full pipe never stops the emulator.
    """

    def __init__(self, log_path):
        self._data = bytearray()
        self._changed = threading.Condition()
        self._closed = False
        self._log = open(log_path, "wb")
        self._input = None

    # for the emulator's side
    def attach_input(self, fd):
        self._input = fd

    def feed(self, data):
        with self._changed:
            self._data += data
            self._changed.notify_all()
        self._log.write(data)
        self._log.flush()

    def close(self):
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._log.close()

    # for the reader's side
    @property
    def data(self):
        with self._changed:
            return bytes(self._data)

    @property
    def text(self):
        return self.data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")

    def read(self, offset, timeout=None):
        """Bytes from `offset` on. Waits for at least one; b'' after the time, None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._data) > offset or self._closed, timeout)
            if len(self._data) > offset:
                return bytes(self._data[offset:])
            return None if self._closed else b""

    def wait_for(self, pattern, timeout, offset=0):
        """Match of the regular expression at or after `offset`, or None: time over, or the end."""
        found = None
        regex = re.compile(pattern)

        def look():
            nonlocal found
            found = regex.search(self._data, offset)
            return found or self._closed

        with self._changed:
            self._changed.wait_for(look, timeout)
        return found

    def send(self, data):
        if self._input is None:
            raise SimError("this console takes no input")
        os.write(self._input, data if isinstance(data, bytes) else data.encode())


# --- A run -------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Result:
    outcome: str  # passed, failed, timeout, stopped, ended (neither status), broken (emulator error)
    status: int  # exit status of the emulator; negative: killed by that signal
    seconds: float
    message: str = ""  # what the emulator itself said, its last line

    @property
    def passed(self):
        return self.outcome == "passed"


class Simulation:
    """One run of one board. The run directory is made, and nothing else is written."""

    def __init__(self, board, variant="", *, build_dir, run_dir, overrides=None, extra=(),
                 reboot=False):
        self.board = board
        self.variant = variant
        self.build_dir = pathlib.Path(build_dir).resolve()
        self.run_dir = pathlib.Path(run_dir).resolve()
        self.settings = settings(board, variant, overrides)
        self.extra = list(extra)
        self.reboot = reboot
        self.console = None
        self._process = None
        self._stopped = False
        self._result = None
        self._threads = []
        self._fds = []
        if self.emulator not in EMULATORS:
            raise SimError(f"{board.yaml}: emulator {self.emulator!r} is not one of: "
                           f"{' '.join(EMULATORS)}")

    @property
    def name(self):
        return f"{self.board.name}/{self.variant}" if self.variant else self.board.name

    @property
    def emulator(self):
        return self.settings.get("emulator", "qemu")

    @property
    def program(self):
        return self.settings.get("program", self.emulator)

    @property
    def parameters(self):
        """All parameters, with {build}, {run} and {board} in their values replaced."""
        places = {"build": str(self.build_dir), "run": str(self.run_dir),
                  "board": str(self.board.path)}
        values = {k: re.sub(r"\{(build|run|board)\}", lambda m: places[m[1]], v)
                  for k, v in self.settings["parameters"].items()}
        for name in self.settings.get("copies", []):
            if values.get(name):
                values[name] = str(self.run_dir / os.path.basename(values[name]))
        for name, (disk, _) in self.settings.get("slots", {}).items():
            if values.get(disk):
                values[name] = ""  # it goes by way of the disk, not as an argument
        return values

    @property
    def deterministic(self):
        """Do two runs give identical logs? Bochs and QEMU under icount: yes."""
        return self.emulator == "bochs" or bool(self.settings["parameters"].get("icount"))

    def _words(self, key):
        return [w for t in self.settings.get(key, []) for w in expand(t, self.parameters)]

    def command(self):
        """The emulator's command line, as it would be typed."""
        return EMULATORS[self.emulator](self)

    def prepare(self):
        """Checks that program and files are there, makes the run directory, copies what the
        emulator writes to."""
        if "needs" in self.settings:
            check_version(self.program, self.settings["needs"])
        program_path(self.program)
        self.run_dir.mkdir(parents=True, exist_ok=True)
        for name in self.settings.get("files", []):
            self._file(name)
        for name, source in self.settings.get("devicetrees", {}).items():
            self._devicetree(source, self.parameters[name])
        for name in self.settings.get("copies", []):
            if (original := self._file(name)) is not None:
                shutil.copyfile(original, self.parameters[name])
                pathlib.Path(self.parameters[name] + ".lock").unlink(missing_ok=True)
        for name, (disk, offset) in self.settings.get("slots", {}).items():
            if self.parameters.get(disk) and (content := self._file(name)) is not None:
                with open(self.parameters[disk], "r+b") as file:
                    file.seek(offset)
                    file.write(content.read_bytes())

    def _devicetree(self, source, to):
        """Makes the blob of a source in the board's folder."""
        words = [program_path("dtc"), "-q", "-I", "dts", "-O", "dtb", "-o", to, source]
        done = subprocess.run(words, capture_output=True, text=True, cwd=self.board.path,
                              stdin=subprocess.DEVNULL, timeout=30, check=False)
        if done.returncode != 0:
            raise SimError(f"{self.board.path / source}: {done.stderr.strip() or 'dtc failed'}")

    def _file(self, parameter):
        """The file a parameter names, None if it is empty."""
        value = self.settings["parameters"].get(parameter, "")
        if not value:
            return None
        path = pathlib.Path(value.format(build=self.build_dir, run=self.run_dir,
                                         board=self.board.path))
        if not path.exists():
            raise SimError(f"{path} is not there: build it first (make BOARD={self.board.name} "
                           f"O={self.build_dir})")
        return path

    def start(self, timeout=None):
        """Starts the emulator; it is killed after `timeout` seconds (default: the board's)."""
        timeout = self.settings.get("timeout", 60) if timeout is None else timeout
        self.prepare()
        self.console = Console(self.run_dir / "console.log")
        guard = ["timeout", "-k", str(KILL_AFTER), str(timeout)]
        starter = _start_bochs if self.emulator == "bochs" else _start_qemu
        self._started = time.monotonic()
        starter(self, guard + self.command())
        return self

    def _spawn(self, command, **fds):
        environment = {**os.environ, "TERM": "xterm", "LC_ALL": "C"}
        self._process = subprocess.Popen(command, cwd=self.run_dir, env=environment,
                                         start_new_session=True, **fds)

    def _thread(self, target, *args):
        thread = threading.Thread(target=target, args=args, daemon=True)
        thread.start()
        self._threads.append(thread)

    @property
    def running(self):
        return self._process is not None and self._process.poll() is None

    def stop(self):
        """Ends the emulator now; wait() then answers outcome 'stopped'."""
        if self.running:
            self._stopped = True
            # QEMU flushes what plugins have to say; Bochs ignores the signal.
            self._kill(signal.SIGKILL if self.emulator == "bochs" else signal.SIGTERM)
            try:
                self._process.wait(KILL_AFTER)
            except subprocess.TimeoutExpired:
                self._kill(signal.SIGKILL)

    def _kill(self, number):
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            pass

    def wait(self):
        """Waits for the end (`timeout` sees to it that it comes) and says what it means."""
        if self._result is None:
            status = self._process.wait()
            for thread in self._threads:
                thread.join()
            for fd in self._fds:
                os.close(fd)
            self._result = self._judge(status)
        return self._result

    @property
    def result(self):
        """What wait() answered; None before."""
        return self._result

    def _judge(self, status):
        seconds = time.monotonic() - self._started
        if self._stopped:
            return Result("stopped", status, seconds)
        if status in (124, 137, -signal.SIGKILL):
            return Result("timeout", status, seconds, f"still running after {seconds:.0f} s")
        codes = self.settings.get("exit", {})
        for outcome in ("passed", "failed"):
            if status == codes.get(outcome):
                return Result(outcome, status, seconds)
        if status == 0:
            return Result("ended", status, seconds, "the machine was switched off or reset")
        return Result("broken", status, seconds, self.emulator_message())

    def emulator_message(self):
        """The last line the emulator itself printed."""
        lines = []
        for name in ("emulator.log", "bochs.log"):
            path = self.run_dir / name
            if path.exists():
                text = path.read_text(errors="replace")
                lines += [x for x in text.splitlines() if x.strip() and "i[" not in x[:16]]
        return lines[-1].strip() if lines else ""

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if self._process is not None:
            self.stop()
            self.wait()


# --- QEMU --------------------------------------------------------------------------------------


def qemu_command(run):
    silent = ["-serial", "null"] * run.settings.get("ports_before_console", 0)
    words = [program_path(run.program), *silent, *QEMU_COMMON, *run._words("arguments")]
    if not run.reboot:
        words.append("-no-reboot")
    return words + run.extra


def _start_qemu(run, command):
    # Two pipes, not a pty: nothing may translate, echo or take up a byte.
    log = open(run.run_dir / "emulator.log", "wb")
    run._spawn(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
    log.close()
    run.console.attach_input(run._process.stdin.fileno())
    run._thread(_pump_pipe, run._process.stdout.fileno(), run.console)


def _pump_pipe(fd, console):
    while data := os.read(fd, 65536):
        console.feed(data)
    console.close()


# --- Bochs -------------------------------------------------------------------------------------

# `term` wants a terminal but no X server; the debugger's two commands run the machine and, when
# the guest ends itself through port 0x8900, leave with status 0.
BOCHS_COMMON = [
    "config_interface: textconfig",
    "display_library: term",
    "clock: sync=none, time0=946684800, rtc_sync=0",
    "port_e9_hack: enabled=0",
    "log: bochs.log",
    "debug: action=ignore",
    "info: action=report",
    "error: action=report",
    "panic: action=fatal",
]
BOCHS_COMMANDS = "c\nq\n"
SCREEN = re.compile(rb'connected to screen "([^"]+)"')


def bochs_command(run):
    words = [program_path(run.program), "-q", "-f", "bochsrc", "-rc", "commands"]
    # From 3.0 on the debugger, which ends a run with status 0, is off unless asked for.
    if "-debugger" in program_banner(run.program):
        words.insert(1, "-debugger")
    return words + run.extra


def _bochs_rc(run, console_tty):
    lines = [re.sub(r"\{(\w+)\}", lambda m: run.parameters[m[1]], line)
             for line in run.settings.get("rc", []) if expand(line, run.parameters)]
    lines += [f"com1: enabled=1, mode=term, dev={console_tty}", *BOCHS_COMMON]
    return "\n".join(lines) + "\n"


def _raw_pty():
    master, slave = pty.openpty()
    tty.setraw(slave)
    return master, slave


def _start_bochs(run, command):
    screen, screen_tty = pty.openpty()
    termios.tcsetwinsize(screen_tty, (60, 140))
    port, port_tty = _raw_pty()
    (run.run_dir / "bochsrc").write_text(_bochs_rc(run, os.ttyname(port_tty)))
    (run.run_dir / "commands").write_text(BOCHS_COMMANDS)
    run._spawn(command, stdin=screen_tty, stdout=screen_tty, stderr=screen_tty)
    os.close(screen_tty)
    run._fds += [screen, port, port_tty]
    run.console.attach_input(port)
    run._thread(_drain_screen, run, screen)
    run._thread(_pump_pty, run, port)


def _read_away(fd, take):
    """Until the other side is closed."""
    try:
        while data := os.read(fd, 65536):
            take(data)
    except OSError as e:
        if e.errno != errno.EIO:
            raise


def _drain_screen(run, fd):
    """What Bochs says goes to a file, and the screen, for which it makes a terminal of its own, to
    nobody: one that is full would stop it, after minutes."""
    said = b""

    def take(data):
        nonlocal said
        out.write(data)
        if SCREEN.search(said):
            return
        said += data
        if found := SCREEN.search(said):
            screen = os.open(found[1], os.O_RDWR | os.O_NOCTTY)
            tty.setraw(screen)
            run._fds.append(screen)
            run._thread(_read_away, screen, lambda data: None)

    with open(run.run_dir / "screen.out", "wb") as out:
        _read_away(fd, take)


def _pump_pty(run, fd):
    """Until the emulator has ended and nothing is left."""
    while True:
        running = run.running
        ready, _, _ = select.select([fd], [], [], 0.05)
        if ready:
            run.console.feed(os.read(fd, 65536))
        elif not running:
            break
    run.console.close()


EMULATORS = {"qemu": qemu_command, "bochs": bochs_command}
