# SPDX-License-Identifier: Apache-2.0
"""A board whose emulator is a shell script: every way a run can end, without an emulator."""

import textwrap

import pytest

BOARD = """
identifier: acme_toaster
name: Toaster
type: sim
arch: arm64
simulation:
  emulator: qemu
  program: toaster-emulator
  timeout: 20
  exit: {passed: 33, failed: 35}
  files: [kernel]
  parameters: {kernel: "{build}/bulkhead.bin", cpus: 1, icount: ""}
  arguments: ["-smp {cpus}", "-icount {icount}", "-kernel {kernel}"]
  variants:
    wide: {parameters: {cpus: 4}}
"""

BOARD_YML = """
board:
  name: acme_toaster
  full_name: Toaster
  vendor: acme
  arch: arm64
  variants:
    - name: wide
"""


class Toaster:
    def __init__(self, path):
        self.root = path / "root"
        self.build = path / "build"
        self.bin = path / "bin"
        folder = self.root / "boards" / "acme" / "acme_toaster"
        for each in (folder, self.build, self.bin):
            each.mkdir(parents=True)
        (folder / "acme_toaster.yaml").write_text(BOARD)
        (folder / "board.yml").write_text(BOARD_YML)
        (self.build / "bulkhead.bin").write_text("image")

    def emulator(self, script):
        """What the emulator does, in shell."""
        path = self.bin / "toaster-emulator"
        path.write_text("#!/bin/sh\n" + textwrap.dedent(script))
        path.chmod(0o755)


@pytest.fixture
def toaster(tmp_path, monkeypatch):
    t = Toaster(tmp_path)
    t.emulator("exit 33")
    monkeypatch.setenv("PATH", str(t.bin), prepend=":")
    monkeypatch.setenv("BOARD_ROOT", str(t.root))
    monkeypatch.delenv("BOARD", raising=False)
    return t
