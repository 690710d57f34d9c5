#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make run: a built board in its simulator.

On a terminal the console is yours: keys go to the board, Ctrl-A x ends the simulation. Otherwise
the run ends by itself with status 0 after the last marker ("boot complete", or what the system
says), or with 1 and one line that says what happened instead.

Beside a system's source, NAME.dts, there may be a NAME.yaml with `until` (the last marker),
`timeout` (seconds) and `parameters` (of the simulation; those that the board has).
"""

import argparse
import os
import pathlib
import select
import sys
import termios
import threading
import tty

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import sim  # noqa: E402

ESCAPE = b"\x01"  # Ctrl-A


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--board", required=True, help="board or board/variant")
    p.add_argument("--build", required=True, type=pathlib.Path, help="output directory (O=)")
    p.add_argument("--roots", default=None, help="more folders with boards/ (BOARD_ROOT=)")
    p.add_argument("--set", default="", metavar="'cpus=4 ...'",
                   help="parameters of the simulation: section")
    p.add_argument("--system", type=pathlib.Path, metavar="FILE.dts",
                   help="what system.itb in the output directory was made from")
    p.add_argument("--until", help="the last marker (default: the system's, or boot complete)")
    p.add_argument("--timeout", type=int, default=None, help="seconds; not on a terminal")
    p.add_argument("--show", action="store_true", help="print the emulator's command and end")
    p.add_argument("extra", nargs="*", help="more arguments for the emulator (after --)")
    return p.parse_args()


def overrides(text):
    pairs = {}
    for word in text.split():
        key, equals, value = word.partition("=")
        if not equals:
            raise sim.SimError(f"{word!r}: expected parameter=value, like cpus=4")
        pairs[key] = value
    return pairs


def system_settings(system):
    """What the file beside the system's source says about running it."""
    file = system.with_suffix(".yaml") if system else None
    if file is None or not file.is_file():
        return {}
    try:
        data = yaml.safe_load(file.read_text()) or {}
    except yaml.YAMLError as e:
        raise sim.SimError(f"{file}: not YAML: {' '.join(str(e).split())}") from e
    unknown = set(data) - {"until", "timeout", "parameters"}
    if unknown:
        raise sim.SimError(f"{file}: unknown keys: {' '.join(sorted(unknown))}")
    return data


def parameters(args, board, system):
    """The system's, the image, and by hand; the last one wins."""
    known = sim.settings(board)["parameters"]
    chosen = {k: v for k, v in system.get("parameters", {}).items() if k in known}
    if args.system:
        chosen["initrd"] = str(args.build / "system.itb")
    return {**chosen, **overrides(args.set)}


def annotator(build):
    """Symbols for the addresses in the log; without pyelftools the log is shown as it is."""
    try:
        import symbolize
    except ImportError:
        say("addresses stay numbers: python3-pyelftools is not installed")
        return lambda data: data
    elf = build / "bulkhead.elf"
    if not elf.is_file():
        return lambda data: data
    return symbolize.Annotator(symbolize.Symbolizer(elf)).feed


def say(text):
    print(f"run: {text}", file=sys.stderr, flush=True)


def show(data):
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def run_batch(run, timeout, until):
    """Shows the console up to the marker; the exit status of the program."""
    marker = until.encode()
    annotate = annotator(run.build_dir)
    run.start(timeout)
    shown = 0
    while (data := run.console.read(shown)) is not None:
        shown += len(data)
        show(annotate(data))
        if marker in run.console.data:
            run.console.wait_for(marker + rb"[^\n]*\n", 1)
            show(annotate(run.console.data[shown:]))
            run.stop()
            result = run.wait()
            say(f'{run.name}: "{until}" after {result.seconds:.1f} s')
            return 0
    result = run.wait()
    if result.passed:
        say(f"{run.name}: passed after {result.seconds:.1f} s")
        return 0
    why = {"timeout": f'no "{until}" within {result.seconds:.0f} s',
           "failed": "the board ended the simulation with status failed",
           "ended": f'switched off or reset before "{until}"'}.get(
               result.outcome, f"{run.program} ended with status {result.status}")
    said = f": {result.message}" if result.outcome == "broken" and result.message else ""
    say(f"{run.name}: {why}{said} (console: {run.run_dir / 'console.log'})")
    return 1


def run_terminal(run):
    """The console on the user's terminal, in raw mode."""
    annotate = annotator(run.build_dir)
    say(f"{run.name}: Ctrl-A x ends the simulation, Ctrl-A a sends Ctrl-A")
    run.start(timeout=0)
    before = termios.tcgetattr(sys.stdin)
    keys = threading.Thread(target=forward_keys, args=(run,), daemon=True)
    try:
        tty.setraw(sys.stdin)
        keys.start()
        shown = 0
        while (data := run.console.read(shown)) is not None:
            shown += len(data)
            show(annotate(data))
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
        run.stop()
    result = run.wait()
    print()
    said = f": {result.message}" if result.message else ""
    say(f"{run.name}: {result.outcome}{said}")
    return 0 if result.outcome in ("passed", "stopped", "ended") else 1


def forward_keys(run):
    escaped = False
    while run.running:
        ready, _, _ = select.select([sys.stdin], [], [], 0.2)
        if not ready:
            continue
        for key in os.read(sys.stdin.fileno(), 64):
            key = bytes([key])
            if escaped:
                escaped = False
                if key in b"xX":
                    run.stop()
                    return
                if key not in (b"a", ESCAPE):
                    continue
                key = ESCAPE
            elif key == ESCAPE:
                escaped = True
                continue
            run.console.send(key)


def main():
    args = arguments()
    try:
        roots = sim.board_roots(args.roots)
        board = sim.find_board(args.board, roots)
        _, variant = sim.split_name(args.board)
        system = system_settings(args.system)
        terminal = sys.stdin.isatty() and sys.stdout.isatty()
        run = sim.Simulation(board, variant, build_dir=args.build, overrides=parameters(args, board, system),
                             run_dir=args.build / "run" / args.board.replace("/", "-"),
                             extra=args.extra)
        if args.show:
            print(" ".join(run.command()))
            return 0
        say(f"{run.name}: starting {run.program}")
        with run:
            return run_terminal(run) if terminal else run_batch(
                run, args.timeout or system.get("timeout"),
                args.until or system.get("until", "boot complete"))
    except (sim.SimError, FileNotFoundError) as e:
        say(str(e))
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    sys.exit(main())
