# SPDX-License-Identifier: Apache-2.0
"""Isolation in time: one partition's CPU stands still while it holds each lock that it takes, one after the
other; the instructions that Bulkhead spends on another one's CPU meanwhile are the same."""

import pathlib
import re

import emulator_plugin as plugin
import pytest

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[2]
KINDS = ("calls", "registers", "timer", "sent", "bell", "fault", "console")
# What is otherwise with each architecture's guests.
WORDS = {"arm64": {},
         "x86": {"-arm64.bin": "-x86.elf", '"linux"': '"elf"', "console;": 'console; cpu-show = "kvm";'}}
# What the other one, or the log, has a part in may cost less: a bell that rings already, a record that
# is kept. It costs so many instructions more at most: what was taken without the model is told to it
# with the next SGI (once); digits of a time stamp; an access that had to wait before is compared with
# where it stopped (9 each).
SHARED = {"sent": 200, "bell": 0, "fault": 60, "console": 300}


# The alarm of a PC's CPU comes while Bulkhead is still at what set it, or after: which is chance. It
# is one exit more or less each time, and none is longer than this.
CHANCE = {"arm64": {}, "x86": {"timer": 600}}
TURNS = 50


def classes():
    """enum lock_class, in order."""
    text = (SOURCE / "include/bulkhead/base/lock.h").read_text()
    body = re.search(r"enum lock_class {(.*?)};", text, re.S).group(1)
    return re.findall(r"^\s*LOCK_(\w+),", body, re.M)


def documented(arch):
    """Classes that docs/partitions.md says a partition that runs may take."""
    text = (SOURCE / "docs/partitions.md").read_text()
    rows = text.split("### Locks of others", 1)[1].split("\n#", 1)[0]
    return {name for name, only in re.findall(r"^\| `(\w+)`(?: \((\w+)\))? \|", rows, re.M)
            if only in ("", arch)}


@pytest.mark.req("BH-ISO-002")
def test_nobody_waits_for_the_locks_of_another(board, tmp_path):
    for guest in ("held", "steady"):
        board.guest(HERE / guest, tmp_path)
    source = tmp_path / "freeze.dts"
    text = (HERE / "freeze.dts").read_text()
    for word, other in WORDS[board.arch].items():
        text = text.replace(word, other)
    source.write_text(text)
    counts = tmp_path / "counts"
    board.start(initrd=board.system_image(source, cpus=2), cpus=2, icount="", timeout=240,
                accel="tcg,thread=multi",
                extra=plugin.arguments(plugin.build(tmp_path), plugin.text_of(board.elf),
                                       counts=counts, after=board.address("vcpu_go"),
                                       phase=board.address("freeze_phase")))
    board.expect(r"every partition has come to its end", timeout=240)
    console = board.console
    board.run.stop()
    board.run.wait()
    rounds = [(int(n), classes()[int(c)])
              for n, c in re.findall(r"\[steady\] round (\d+): lock of class (\d+)", console)]
    total = int(re.search(r"\[held\] held: (\d+) locks", console).group(1))
    assert "not taken" not in console and [n for n, _ in rounds] == list(range(1, total + 1))
    assert total < 32, "the list of locks is full: some may be missing"
    assert {name for _, name in rounds} == documented(board.arch)

    phases = plugin.read_phases(counts, 1)
    assert len(phases) == (len(KINDS) + 1) * (total + 1)
    cost = [dict(zip(KINDS, phases[i + 1:])) for i in range(0, len(phases), len(KINDS) + 1)]
    alone = cost[0]
    print("alone", alone)
    bad = []
    for n, name in rounds:
        for kind in KINDS:
            now, then = cost[n][kind], alone[kind]
            if kind == "console" and name == "PORT":
                good = now.max <= then.max  # each try is as short; it tries again
            elif kind in CHANCE[board.arch]:
                good = (abs(now.n - then.n) <= TURNS and
                        now.max <= then.max + CHANCE[board.arch][kind])
            elif kind in SHARED:
                more = SHARED[kind]
                good = (now.n == then.n and now.sum <= then.sum + more and
                        now.max <= then.max + more)
            else:
                good = now == then
            print(n, name, kind, now, "" if good else "DIFFERS")
            bad += [] if good else [(n, name, kind, now, then)]
    assert not bad
