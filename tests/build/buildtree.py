# SPDX-License-Identifier: Apache-2.0
"""Helpers of the tests of the build itself: they call make as a user does."""

import os
import pathlib
import shutil
import subprocess

SOURCE = pathlib.Path(__file__).resolve().parents[2]
SETTINGS = ("MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "O", "BOARD", "BOARD_ROOT", "CONF",
            "EXTRA_CONF_FILE", "TEST_DIR", "TESTS", "SCOPE", "CC", "SOURCE_DATE_EPOCH",
            "LAUNCHER")
ARM64 = "qemu_virt_arm64"
X86 = "qemu_q35_svm_vtd"


def clean_environment(**more):
    """The user's environment without what the make that started the tests left in it."""
    env = {k: v for k, v in os.environ.items() if k not in SETTINGS}
    return {**env, "INSTALL": "no", **more}


class Tree:
    """A source tree, and make in it."""

    def __init__(self, path, launcher=""):
        self.path = pathlib.Path(path)
        self.launcher = launcher

    def start(self, *words, cwd=None, env=None, **kwargs):
        return subprocess.Popen(["make", "--no-print-directory", "-C", str(cwd or self.path), *map(str, words)],
                                env=clean_environment(LAUNCHER=self.launcher, **(env or {})),
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, **kwargs)

    def make(self, *words, status=0, timeout=300, **kwargs):
        """Output of make, which must end with that status."""
        process = self.start(*words, **kwargs)
        try:
            output, _ = process.communicate(timeout=timeout)
        finally:
            process.kill()
        assert process.returncode == status, f"make {' '.join(map(str, words))}:\n{output}"
        return output

    def build(self, board, out, *words, **kwargs):
        self.make("-j2", f"BOARD={board}", f"O={out}", *words, "defconfig", "all", **kwargs)
        return pathlib.Path(out)


def copy_tree(to):
    """A private copy of the sources: what git knows, or everything of an unpacked archive."""
    listed = subprocess.run(["git", "-C", str(SOURCE), "ls-files", "-z", "--cached", "--others",
                             "--exclude-standard"], capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        shutil.copytree(SOURCE, to, ignore=lambda folder, names:
                        {"build", ".git"} if folder == str(SOURCE) else {"__pycache__"})
        return Tree(to)
    for name in filter(None, listed.stdout.split("\0")):
        if (SOURCE / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(SOURCE / name, to / name)
    return Tree(to)


def let_others_in(path):
    """pytest's temporary folders are their owner's alone; a test that becomes nobody needs them."""
    for folder in (path, *path.parents):
        folder.chmod(0o755)
        if folder.name.startswith("pytest-of-"):
            break
