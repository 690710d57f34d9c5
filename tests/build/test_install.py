# SPDX-License-Identifier: Apache-2.0
"""Installing: shown first, never behind the user's back, refused in one line where it cannot work."""

import hashlib
import os
import shutil
import subprocess
import tarfile

import pytest
from buildtree import SOURCE, clean_environment, let_others_in

INSTALL = SOURCE / "scripts/install.sh"
FETCH = SOURCE / "scripts/fetch-src.sh"
TABLE = "job   nosuch-program       nosuch-package\njob   sh   dash\nother nosuch-other   other\n"


def tools(folder, *names):
    """A PATH with only these programs in it."""
    folder.mkdir()
    for name in names:
        (folder / name).symlink_to(shutil.which(name))
    return str(folder)


def install(tmp_path, *words, table=TABLE, **env):
    (tmp_path / "packages").write_text(table)
    return subprocess.run(["/bin/sh", str(INSTALL), *words], capture_output=True, text=True, timeout=60,
                          check=False, stdin=subprocess.DEVNULL,
                          env=clean_environment(PACKAGES=str(tmp_path / "packages"),
                                                CACHE=str(tmp_path / "cache"), **env))


@pytest.mark.req("BH-INST-001")
def test_install_no_prints_the_one_command_and_stops(tmp_path):
    done = install(tmp_path, "job", INSTALL="no")
    assert done.returncode == 3 and done.stdout == ""
    assert done.stderr.splitlines() == [
        "install: needed and not installed: nosuch-package",
        "install: INSTALL=no: install them with: apt-get install --no-install-recommends nosuch-package"]


@pytest.mark.req("BH-INST-001")
@pytest.mark.skipif(os.getuid() != 0 or shutil.which("sudo") is not None,
                    reason="needs to be root, to become nobody, and a machine without sudo")
def test_without_root_and_sudo_the_command_is_named(tmp_path):
    (tmp_path / "packages").write_text(TABLE)
    shutil.copy(INSTALL, tmp_path)
    let_others_in(tmp_path)
    done = subprocess.run(["/bin/sh", str(tmp_path / "install.sh"), "job"], capture_output=True, text=True,
                          check=False, user=65534, group=65534, extra_groups=[], cwd="/",
                          env=clean_environment(PACKAGES=str(tmp_path / "packages"), INSTALL="",
                                                CACHE="/nonexistent"))
    assert done.returncode == 3
    assert "neither root nor sudo: as root, run: apt-get install" in done.stderr.splitlines()[-1]


@pytest.mark.req("BH-INST-001")
def test_make_stops_where_installing_is_not_wanted(tree, tmp_path):
    (tmp_path / "packages").write_text("base nosuch-program nosuch-package\n")
    output = tree.make(f"O={tmp_path}/out", "run", status=2,
                       env={"PACKAGES": str(tmp_path / "packages"), "INSTALL": "no"})
    assert "nosuch-package" in output and not (tmp_path / "out/.config").exists()


@pytest.mark.req("BH-INST-001")
def test_what_is_there_is_not_mentioned(tmp_path):
    assert install(tmp_path, "nothing").stderr == ""
    done = install(tmp_path, "job", table="job sh dash\njob py:sys python3\njob /etc/pass* base-files\n")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.req("BH-INST-001")
def test_a_program_that_is_too_old_is_missing(tmp_path):
    (tmp_path / "cache/bin").mkdir(parents=True)
    (tmp_path / "cache/bin/emulator").write_text("#!/bin/sh\necho emulator version 7.2.18\n")
    (tmp_path / "cache/bin/emulator").chmod(0o755)
    assert install(tmp_path, "job", table="job emulator>=7 emu\n", INSTALL="no").returncode == 0
    assert install(tmp_path, "job", table="job emulator>=10 emu\n", INSTALL="no").returncode == 3


@pytest.mark.req("BH-INST-002")
def test_other_systems_are_refused_in_one_line(tmp_path):
    path = tools(tmp_path / "bin", "sh", "sed", "awk", "sort", "xargs", "dirname", "uname", "head", "tr",
                 "cat", "id", "env", "echo")
    (tmp_path / "packages").write_text(TABLE)
    done = subprocess.run(["/bin/sh", str(INSTALL), "job"], capture_output=True, text=True, check=False,
                          env={"PATH": path, "HOME": str(tmp_path), "PACKAGES": str(tmp_path / "packages")})
    if os.path.exists("/usr/sbin/apt-get"):
        pytest.skip("apt-get lies where the script always looks")
    assert done.returncode == 3 and done.stderr.count("\n") == 1
    for word in ("not Debian-like", "nosuch-package", "Containerfile"):
        assert word in done.stderr


@pytest.mark.req("BH-INST-003")
def test_apt_sources_are_never_touched():
    text = INSTALL.read_text() + FETCH.read_text()
    assert "/etc/apt" not in text and "add-apt-repository" not in text


def tarball(folder):
    """A small tarball and its sha256."""
    folder.mkdir()
    (folder / "hello.c").write_text("int hello;\n")
    with tarfile.open(folder / "x.orig.tar.xz", "w:xz") as tar:
        tar.add(folder / "hello.c", "x-1.0/hello.c")
    data = (folder / "x.orig.tar.xz").read_bytes()
    return data, hashlib.sha256(data).hexdigest()


def fetch(tmp_path, digest):
    """Fetches with an apt-get that has no network."""
    (tmp_path / "bin").mkdir(exist_ok=True)
    (tmp_path / "bin/apt-get").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "bin/apt-get").chmod(0o755)
    return subprocess.run([str(FETCH), str(tmp_path / "cache"), "suite", "x=1.0", "x.orig.tar.xz", digest],
                          capture_output=True, text=True, check=False, timeout=60,
                          env=clean_environment(PATH=f"{tmp_path}/bin:{os.environ['PATH']}"))


@pytest.mark.req("BH-INST-004")
def test_a_cached_source_is_used_without_network(tmp_path):
    data, digest = tarball(tmp_path / "make")
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache/x.orig.tar.xz").write_bytes(data)
    assert fetch(tmp_path, digest).returncode == 0
    assert (tmp_path / f"cache/src/{digest}/hello.c").exists()


@pytest.mark.req("BH-INST-004")
def test_a_changed_source_is_never_unpacked(tmp_path):
    data, digest = tarball(tmp_path / "make")
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache/x.orig.tar.xz").write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    done = fetch(tmp_path, digest)
    assert done.returncode != 0 and digest in done.stderr
    assert not (tmp_path / f"cache/src/{digest}").exists()
