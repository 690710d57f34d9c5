# SPDX-License-Identifier: Apache-2.0
"""scripts/sim.py: what a board's description becomes, and what the end of a run means."""

import os
import pty
import threading
import time
import tty
import types

import pytest
import sim
import yaml

pytestmark = pytest.mark.req("BH-TEST-005")


@pytest.fixture(autouse=True)
def fresh_programs():
    """Found programs are remembered; each test has its own."""
    sim.program_path.cache_clear()
    sim.program_banner.cache_clear()


def simulation(toaster, name="acme_toaster", **arguments):
    board = sim.find_board(name)
    return sim.Simulation(board, sim.split_name(name)[1], build_dir=toaster.build,
                          run_dir=toaster.build / "run", **arguments)


def outcome(toaster, script, timeout=10):
    toaster.emulator(script)
    return simulation(toaster).start(timeout).wait()


@pytest.mark.parametrize("script, expected", [
    ("exit 33", "passed"),
    ("exit 35", "failed"),
    ("exit 0", "ended"),
    ("exit 1", "broken"),
    ("kill -SEGV $$", "broken"),
])
def test_exit_status_is_judged(toaster, script, expected):
    assert outcome(toaster, script).outcome == expected


def test_emulator_error_is_quoted(toaster):
    result = outcome(toaster, "echo 'toaster: no bread' >&2; exit 1")
    assert (result.outcome, result.message) == ("broken", "toaster: no bread")


def test_run_without_end_is_a_timeout(toaster):
    result = outcome(toaster, "sleep 30", timeout=1)
    assert result.outcome == "timeout" and result.seconds < 10


def test_emulator_that_ignores_sigterm_is_killed(toaster, monkeypatch):
    monkeypatch.setattr(sim, "KILL_AFTER", 1)
    result = outcome(toaster, "trap '' TERM; while :; do sleep 0.1; done", timeout=1)
    assert result.outcome == "timeout" and result.seconds < 10


def test_stop_is_no_verdict(toaster):
    toaster.emulator("sleep 30")
    with simulation(toaster) as run:
        run.start()
        run.stop()
        assert run.wait().outcome == "stopped"


def test_console_goes_both_ways(toaster):
    toaster.emulator("echo ready; read word; echo got $word; exit 33")
    run = simulation(toaster).start()
    assert run.console.wait_for(b"ready", 10)
    run.console.send("butter\n")
    assert run.wait().passed
    assert run.console.text == "ready\ngot butter\n"
    assert (toaster.build / "run" / "console.log").read_text() == run.console.text


def test_console_that_nobody_reads_does_not_block(toaster):
    toaster.emulator("head -c 3000000 /dev/zero; exit 33")
    run = simulation(toaster).start()
    assert run.wait().passed
    assert len(run.console.data) == 3000000


def test_wait_for_ends_with_the_board(toaster):
    toaster.emulator("echo one; exit 33")
    run = simulation(toaster).start()
    before = time.monotonic()
    assert run.console.wait_for(b"two", 30) is None
    assert time.monotonic() - before < 10


def test_variant_and_override(toaster):
    assert "-smp 1 -kernel" in " ".join(simulation(toaster).command())
    assert "-smp 4 " in " ".join(simulation(toaster, "acme_toaster/wide").command())
    words = simulation(toaster, overrides={"cpus": 7, "icount": "shift=0"}).command()
    assert "-smp 7 -icount shift=0 -kernel" in " ".join(words)


def test_argument_with_spaces_stays_one(toaster):
    words = simulation(toaster, overrides={"icount": "a b"}).command()
    assert words[words.index("-icount") + 1] == "a b"


@pytest.mark.parametrize("name, message", [
    ("acme_kettle", "no board 'acme_kettle'"),
    ("acme_toaster/small", "has no variant 'small'; there are: wide"),
])
def test_unknown_board_is_named(toaster, name, message):
    with pytest.raises(sim.SimError, match=message):
        sim.find_board(name)


def test_unknown_parameter_is_named(toaster):
    with pytest.raises(sim.SimError, match="no parameter 'ram'; there are: cpus icount kernel"):
        simulation(toaster, overrides={"ram": 1})


def test_a_devicetree_of_the_board_is_compiled(toaster):
    run = simulation(toaster)
    run.settings = {**run.settings, "devicetrees": {"dtb": "toaster.dts"},
                    "parameters": {**run.settings["parameters"], "dtb": "{run}/toaster.dtb"}}
    (run.board.path / "toaster.dts").write_text('/dts-v1/; / { model = "toaster"; };')
    run.prepare()
    assert (run.run_dir / "toaster.dtb").read_bytes()[:4] == bytes.fromhex("d00dfeed")
    (run.board.path / "toaster.dts").write_text("toast")
    with pytest.raises(sim.SimError, match="toaster.dts: .*syntax error"):
        run.prepare()


def test_missing_image_is_named(toaster):
    (toaster.build / "bulkhead.bin").unlink()
    with pytest.raises(sim.SimError, match="bulkhead.bin is not there: build it first"):
        simulation(toaster).start()


def test_missing_emulator_is_named(toaster, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(sim.SimError, match="toaster-emulator is not installed; on Debian: "):
        simulation(toaster).start()


def test_old_emulator_is_refused(toaster):
    toaster.emulator("echo toaster version 7.2.1")
    with pytest.raises(sim.SimError, match="version 7.2, this board needs 10.0 or newer"):
        sim.check_version("toaster-emulator", "10.0")
    sim.check_version("toaster-emulator", "7.2")


def test_every_board_of_the_tree_has_its_variants_in_both_files():
    for board in sim.all_boards([sim.SOURCE]).values():
        described = yaml.safe_load((board.path / "board.yml").read_text())["board"]
        names = [v["name"] for v in described.get("variants", [])]
        assert names == [v for v in board.variants if v], board.name


def test_nothing_random_is_left():
    """What an emulator draws at random is fixed on every board of the tree."""
    for board in sim.all_boards([sim.SOURCE]).values():
        for variant in board.variants:
            run = sim.Simulation(board, variant, build_dir="/b", run_dir="/r")
            if run.emulator == "bochs":
                assert "time0=946684800" in " ".join(sim.BOCHS_COMMON)
                continue
            words = " ".join(run.command())
            assert "-seed 1" in words and "-rtc base=2000" in words
            if " -machine virt" in words:
                assert "dtb-randomness=off" in words


def test_system_image_goes_into_the_copy_of_the_disk(tmp_path):
    """Of a board that boots a raw disk; the build's own file stays as it was."""
    (tmp_path / "bulkhead.img").write_bytes(bytes(4 << 20))
    (tmp_path / "system.itb").write_bytes(b"system")
    board = sim.find_board("bochs_ryzen", [sim.SOURCE])
    run = sim.Simulation(board, build_dir=tmp_path, run_dir=tmp_path / "run",
                         overrides={"initrd": tmp_path / "system.itb"})
    run.prepare()
    assert (tmp_path / "run" / "bulkhead.img").read_bytes()[2 << 20:][:6] == b"system"
    assert (tmp_path / "bulkhead.img").read_bytes() == bytes(4 << 20)


def test_a_screen_that_nobody_looks_at_does_not_stop_bochs(tmp_path):
    """Bochs makes a terminal for it, and says which: megabytes of it must find somebody who reads."""
    screen, screen_tty = pty.openpty()
    tty.setraw(screen_tty)
    said, said_tty = pty.openpty()
    os.write(said_tty, f'Bochs connected to screen "{os.ttyname(screen_tty)}"\n'.encode())
    os.close(screen_tty)
    run = types.SimpleNamespace(run_dir=tmp_path, _fds=[], _thread=lambda target, *arguments:
                                threading.Thread(target=target, args=arguments, daemon=True).start())
    run._thread(sim._drain_screen, run, said)
    drawn = threading.Thread(target=lambda: [os.write(screen, bytes(100)) for _ in range(10000)],
                             daemon=True)
    drawn.start()
    drawn.join(20)
    assert not drawn.is_alive()
