#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make check: is this system right for that board, and what becomes of the board?

    check.py --system SYSTEM.dts --board BOARD[/VARIANT] --roots DIRS --tool manifest-check
             [--set 'cpus=4 memory=512'] [--slot BASE:SIZE] [--files DIR[:DIR]] [--out DIR] [--quiet]

The rules are Bulkhead's own (manifest-check is built from the same sources). Here each broken one
gets the file and line of the source, and the board its numbers from its folder. Ends with 1 if a
rule is broken. Otherwise prints the report, and leaves it in DIR as <system>.txt, .json and .svg.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import manifest_report  # noqa: E402
import manifest_svg  # noqa: E402
import run as runner  # noqa: E402
import sim  # noqa: E402

# Checked by rule unit-address, which knows more.
DTC = ["dtc", "-W", "no-unit_address_vs_reg", "-I", "dts"]


class Problem(Exception):
    """What the user must know, a line each."""


def dtc(source, *words):
    try:
        done = subprocess.run([*DTC, *words, str(source)], capture_output=True, check=False)
    except FileNotFoundError as e:
        raise Problem("dtc is not installed: apt-get install device-tree-compiler") from e
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").replace("FATAL ERROR: Unable to parse input tree", "")
        raise Problem(said.strip() or f"{source}: dtc failed")
    return done.stdout


# --- Where things are in the source ------------------------------------------------------------

OPEN = re.compile(r"\s*(?:[\w]+:\s*)*([^\s{]+)\s*\{\s*/\* (.*?) \*/")
PLACE = re.compile(r"(.+?):(\d+)$")


def here(path):
    """As short as it can be written from here."""
    path, folder = pathlib.Path(path).absolute(), pathlib.Path.cwd()
    return path.relative_to(folder) if path.is_relative_to(folder) else path


def places(annotated, source):
    """(path, property or "") -> "file:line", from what dtc -T writes beside each thing."""
    found, path = {}, []
    for line in annotated.splitlines():
        comment = re.search(r"/\* (.*?) \*/\s*$", line)
        # A node that is written in several places: the first one.
        place = PLACE.match(comment[1].split(", ")[0]) if comment else None
        node = OPEN.match(line)
        if node:
            path.append("" if node[1] == "/" else node[1])
            key = ("/".join(path) or "/", "")
        elif re.match(r"\s*\};", line):
            path.pop()
            continue
        else:
            name = re.match(r"\s*([^\s=;{}]+)\s*(=|;)", line)
            key = ("/".join(path) or "/", name[1] if name else "")
        if place and key not in found:
            found[key] = f"{here(source.parent / place[1])}:{place[2]}"
    return found


def where(found, path, prop):
    """The place of a property, else of its node, else of the nearest node around it."""
    for key in ((path, prop), (path, "")):
        if key in found:
            return found[key]
    while path not in ("", "/"):
        path = path.rsplit("/", 1)[0] or "/"
        if (path, "") in found:
            return found[path, ""]
    return None


def spoken(path):
    """'/partitions/linux/memory@0' -> 'partition linux: memory@0'."""
    words = [w for w in path.split("/") if w]
    kinds = {"partitions": "partition", "payloads": "payload", "regions": "region",
             "channels": "channel"}
    if len(words) > 1 and words[0] in kinds:
        return ": ".join([f"{kinds[words[0]]} {words[1]}", *words[2:]])
    return path or "manifest"


# --- The board ---------------------------------------------------------------------------------


def board_numbers(board, variant, wanted):
    """CPUs and MiB that the simulation is given, 0 where the board's description says them."""
    if "simulation" not in board.data:
        return 0, 0
    parameters = sim.settings(board, variant, wanted)["parameters"]

    def number(key):
        text = parameters.get(key, "")
        return int(text) if text.isdigit() else 0
    return number("cpus"), number("memory")


def wanted_parameters(args, board):
    """Parameters of the simulation that the system asks for, and those by hand, which win."""
    if "simulation" not in board.data:
        return {}
    known = sim.settings(board)["parameters"]
    wanted = runner.system_settings(args.system).get("parameters", {})
    return {**{k: v for k, v in wanted.items() if k in known}, **runner.overrides(args.set)}


def payload_files(system, found, folders):
    """([(payload, its file)] of those that are there, [what to say of those that are not])."""
    import image
    there, missing = [], []
    blob = dtc(system, "-q", "-O", "dtb")
    for (path, prop), place in found.items():
        payload = re.fullmatch(r"/payloads/([^/]+)", path)
        name = image.string(blob, path, prop) if payload and prop == "file" else None
        if not name:
            continue
        file = next((f / name for f in folders if (f / name).is_file()), None)
        if file:
            there.append((payload[1], file))
        elif not (system.parent / "Makefile").exists():  # which makes them later
            missing.append(f"{place}: payload {payload[1]}: file: {name} is not in "
                           f"{' or '.join(map(str, folders))}; put it there")
    return there, missing


def tool(program, *words):
    return subprocess.run([str(program), *map(str, words)], capture_output=True, text=True,
                          errors="replace", check=False)


def check(args):
    """(broken rules as lines, report or None)."""
    if not args.system.is_file():
        raise Problem(f"{args.system}: no such file; 'make systems' lists those of the tree")
    name, variant = sim.split_name(args.board)
    roots = sim.board_roots(args.roots) if args.roots else None
    board = sim.find_board(args.board, roots)
    wanted = wanted_parameters(args, board)
    cpus, memory = board_numbers(board, variant, wanted)
    said = [f"{k}={v}" for k, v in wanted.items() if k in ("cpus", "memory")]
    shown = args.board if not said else f"{args.board} ({', '.join(said)})"
    blob = dtc(args.system, "-q", "-O", "dtb")
    found = places(dtc(args.system, "-q", "-T", "-O", "dts").decode(), args.system)
    folders = [pathlib.Path(f) for f in args.files.split(":") if f] or [args.system.parent]
    files, missing = payload_files(args.system, found, folders)
    sizes = [word for name, file in files for word in (name, file.stat().st_size)]
    with tempfile.TemporaryDirectory() as tmp:
        manifest, description = pathlib.Path(tmp) / "manifest.dtb", pathlib.Path(tmp) / "board.dtb"
        manifest.write_bytes(blob)
        description.write_bytes(dtc(board.path / f"{name}.dts", "-q", "-O", "dtb"))
        done = tool(args.tool, board.arch, description, cpus, memory, *args.slot.split(":"), manifest,
                    *sizes)
    if done.returncode not in (0, 1) or (done.returncode == 1 and not done.stdout):
        raise Problem(f"{args.tool.name} failed: {done.stderr.strip()}")
    broken = []
    if done.returncode == 1:
        for line in done.stdout.splitlines():
            rule, path, prop, text, hint = line.split("\t")
            text = text.replace("the board", f"board {shown}", 1)
            parts = [where(found, path, prop) or str(args.system), spoken(path), prop,
                     f"{text}; {hint} [{rule}]"]
            broken.append(": ".join(p for p in parts if p))
    broken += missing
    return broken, None if broken else {"board": shown, **json.loads(done.stdout)}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--system", required=True, type=pathlib.Path)
    p.add_argument("--board", required=True)
    p.add_argument("--roots", default="")
    p.add_argument("--tool", required=True, type=pathlib.Path)
    p.add_argument("--set", default="", help="parameters of the board's simulation")
    p.add_argument("--slot", default="0:0", help="flash that holds the image, base:size")
    p.add_argument("--files", default="", help="folders with payload files, colon-separated")
    p.add_argument("--out", type=pathlib.Path, help="where the report is left")
    p.add_argument("--quiet", action="store_true", help="no report")
    args = p.parse_args()
    try:
        broken, report = check(args)
    except (Problem, sim.SimError, OSError) as e:
        sys.exit(f"check: {e}")
    if broken:
        print(*broken, sep="\n", file=sys.stderr)
        sys.exit(f"check: {args.system.name}: {len(broken)} "
                 f"{'rule is' if len(broken) == 1 else 'rules are'} broken; docs/manifest.md says more")
    if args.quiet:
        return
    text = manifest_report.text(report)
    print(text)
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
        stem = args.out / args.system.stem
        stem.with_suffix(".txt").write_text(text + "\n")
        stem.with_suffix(".json").write_text(json.dumps(report, indent=1) + "\n")
        stem.with_suffix(".svg").write_text(manifest_svg.draw(report))
        print(f"report: {stem}.txt, .json and .svg")


if __name__ == "__main__":
    main()
