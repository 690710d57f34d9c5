# SPDX-License-Identifier: Apache-2.0
"""Runs of guests that attack, under the emulator's plugin: what they said, and which blocks of the
image ran. A test judges what was said; the last one, by DONE, how much of the image ran in all."""

import dataclasses
import pathlib

import emulator_plugin as plugin

SYSTEMS = pathlib.Path(__file__).resolve().parent.parent
THREADS = {"icount": "", "accel": "tcg,thread=multi"}
DONE = {}  # by board and name


@dataclasses.dataclass(frozen=True)
class Ran:
    elf: pathlib.Path
    blocks: pathlib.Path
    counts: pathlib.Path
    console: str


def system(board, folder, source, cpus, guests, arguments=""):
    """The image of a system whose guests are beside its source, with these arguments for 100000."""
    for guest in guests:
        board.guest(source.parent / guest, folder)
        (folder / f"{guest}.bin").unlink(missing_ok=True)
        (folder / f"{guest}.bin").symlink_to(folder / f"{guest}-arm64.bin")
    copy = folder / source.name
    copy.write_text(source.read_text().replace("100000", arguments or "100000"))
    return board.system_image(copy, cpus=cpus)


def watched(board, folder, name, masked=False, **parameters):
    """Starts the board under the plugin. ended() is to follow. masked: it also counts how long
    interrupts are masked, which makes the run slower, and crashes QEMU 10.0 where its CPUs share a
    thread."""
    counts = {"counts": folder / f"{name}.counts", **plugin.masked(board)} if masked else {}
    board.start(extra=plugin.arguments(plugin.build(folder), plugin.text_of(board.elf),
                                       blocks=folder / f"{name}.blocks",
                                       **counts),
                timeout=600, **parameters)


def ended(board, folder, name):
    board.stop()
    DONE[board.name, name] = Ran(board.elf, folder / f"{name}.blocks", folder / f"{name}.counts",
                                 board.console)
    return DONE[board.name, name]


def attack(board, folder):
    """Every access and every register, beside two that watch their state."""
    cpus = 3
    image = system(board, folder, SYSTEMS / "attack/attack.dts", cpus, ["attack", "state"])
    watched(board, folder, "attack", masked=True, initrd=image, cpus=cpus, **THREADS)
    board.expect(r"every partition has come to its end", timeout=600)
    return ended(board, folder, "attack")


def calls(board, folder, arguments="20000 type"):
    """Every call, a channel, the console."""
    image = system(board, folder, SYSTEMS / "calls/calls.dts", 4, ["calls", "peer"], arguments)
    watched(board, folder, "calls", initrd=image, cpus=4, **THREADS)
    board.expect(r"calls: type abc", timeout=600)
    board.send("abc")
    board.expect(r"calls: abc was typed", timeout=60)
    board.send("d")
    board.expect(r"guest: (passed|failed \d+)", timeout=600)
    board.expect(r"partition calls: off")
    return ended(board, folder, "calls")


def vgic(board, folder, **parameters):
    """The interrupt controller, by the program of tests/system/vgic."""
    board.wanted = dataclasses.replace(board.wanted, test_dir=str(SYSTEMS / "vgic"))
    watched(board, folder, "vgic", **parameters)
    board.expect(r"result: \w+", timeout=600)
    board.expect_passed()
    return ended(board, folder, "vgic")
