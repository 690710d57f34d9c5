# SPDX-License-Identifier: Apache-2.0
"""The board accepts the image that its key signed and nothing else, and stays alive to say why."""

import fcntl
import os
import pathlib
import re
import shlex
import subprocess
import sys

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(SOURCE / "scripts"))
import image as fit  # noqa: E402
import keys  # noqa: E402

HELLO = SOURCE / "systems/hello/hello.dts"
SIGNATURE = "/configurations/system/signature-1"
UNSIGNED_KEY = "no trusted key made its signature"

EVERY_WAY_IN = pytest.mark.boards("qemu_virt_arm64", "qemu_q35_svm_vtd", "qemu_q35_svm_amdvi",
                                  "qemu_q35_svm_vtd/disk", "bochs_tigerlake", "bochs_ryzen")


def make_image(board, to, system=HELLO, status=0, **variables):
    """make image into a file of the test's own; answers it and what make said."""
    words = [f"{name}={value}" for name, value in variables.items()]
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "BOARD")}
    out = board.build_dir
    with open(out.with_name(out.name + ".lock"), "w") as lock:  # the one that builds there take
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(["make", "-C", SOURCE, f"O={out}", "INSTALL=no", f"SYSTEM={system}",
                               *words, "image"], env=environment, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=120, check=False)
    assert done.returncode == status, done.stdout
    if status == 0:
        to.write_bytes((out / "system.itb").read_bytes())
    return to, done.stdout


@pytest.fixture
def good(board, tmp_path):
    return make_image(board, tmp_path / "good.itb")[0]


def boot(board, file):
    """Boots with that image; whatever it is, the boot story ends. Answers its lines."""
    board.boot(initrd=file)
    return image_lines(board)


def image_lines(board):
    return [m[1] for m in re.finditer(r"\] \w+ +(system image.*)$", board.console, re.M)]


def check_accepted(lines, payload="hello"):
    assert re.match(r"system image: configuration system, rollback index 1, 2 payloads, key \S+ "
                    r"[0-9a-f]{8}$", lines[1]), lines
    assert [re.match(r"system image: payload (\S+), \d+ bytes$", line)[1] for line in lines[2:]] == \
        ["manifest", payload]


def check_refused(lines, reason):
    assert lines[1] == f"system image refused: {reason}", lines
    assert len(lines) == 3 and lines[2].startswith("system image: "), lines


@pytest.mark.req("BH-IMAGE-001")
@EVERY_WAY_IN
def test_good_image_is_accepted(board, good):
    lines = boot(board, good)
    check_accepted(lines)
    assert re.match(r"system images: development key development-p256 [0-9a-f]{8} is trusted", lines[0])


@pytest.mark.req("BH-IMAGE-001")
def test_without_image_the_board_says_so(board):
    board.boot()
    assert "no system image: nothing to run" in board.console


@pytest.mark.req("BH-IMAGE-001")
@pytest.mark.config("default", "CONFIG_SIG_RSA3072_PSS=y")
def test_rsa_image_is_accepted(board, good):
    lines = boot(board, good)
    check_accepted(lines)
    assert "development-rsa3072" in lines[0]


@pytest.mark.req("BH-IMAGE-003")
@pytest.mark.boards("qemu_virt_arm64")
@pytest.mark.parametrize("output", ["der", "raw"])
def test_detached_signer_signs(board, tmp_path, output):
    """A tool of the user's, which alone sees the private key."""
    key = board.build_dir / "keys/development-p256.pem"
    token = tmp_path / "token"
    sign = f"openssl pkeyutl -sign -inkey {shlex.quote(str(key))} -pkeyopt digest:sha256"
    script = f"{sign}\n" if output == "der" else (
        f"PYTHONPATH={SOURCE}/scripts exec /usr/bin/python3 -B -c 'import subprocess, sys, image\n"
        f"sys.stdout.buffer.write(image.from_der(subprocess.run(\"{sign}\".split(), stdin=sys.stdin, "
        "stdout=-1, check=True).stdout))'\n")
    token.write_text(f"#!/bin/sh\n{script}")
    token.chmod(0o755)
    file, said = make_image(board, tmp_path / "detached.itb", SIGN=token)
    assert "signed by SIGN" in said
    check_accepted(boot(board, file))


@pytest.mark.req("BH-IMAGE-003")
@pytest.mark.boards("qemu_virt_arm64")
@pytest.mark.parametrize("sign, complaint", [
    ("head -c 64 /dev/urandom", "the signature is not by"),
    ("printf x", "wrote 1 bytes; expected 64"),
    ("false", "ended with status 1"),
])
def test_a_signer_that_cannot_sign_is_refused_on_the_host(board, tmp_path, sign, complaint):
    _, said = make_image(board, tmp_path / "none.itb", status=2, SIGN=sign)
    assert complaint in said


@pytest.mark.req("BH-IMAGE-002")
def test_wrong_key_is_refused(board, tmp_path):
    """Signed with another key than the one that is built in."""
    make_image(board, tmp_path / "good.itb")
    words = [sys.executable, SOURCE / "scripts/image.py", "--system", HELLO, "--files",
             board.build_dir / "system/hello", "--arch", board.arch, "--algo", "p256", "--keys",
             tmp_path / "other-keys", "--out", tmp_path / "other.itb"]
    subprocess.run(words, check=True, timeout=60)
    check_refused(boot(board, tmp_path / "other.itb"), f"/configurations/system: {UNSIGNED_KEY}")


def new_key(file):
    keys.generate(file, "p256")
    return file


@pytest.mark.req("BH-IMAGE-009")
@pytest.mark.boards("qemu_virt_arm64")
def test_old_and_new_key_are_trusted_while_one_follows_the_other(board, tmp_path):
    """An image by either is accepted, one by a third is not."""
    new, old, third = (new_key(tmp_path / f"{name}.pem") for name in ("new", "old", "third"))
    board.configure(f'CONFIG_SYSTEM_IMAGE_KEY="{new} {old}"')
    _, said = make_image(board, tmp_path / "new.itb")
    assert "signed by new.pem" in said
    lines = boot(board, tmp_path / "new.itb")
    assert re.search(r", key new [0-9a-f]{8}$", lines[0])
    sign = "openssl pkeyutl -sign -pkeyopt digest:sha256 -inkey "
    make_image(board, tmp_path / "old.itb", SIGN=f"{sign}{old}")
    assert re.search(r", key old [0-9a-f]{8}$", boot(board, tmp_path / "old.itb")[0])
    _, said = make_image(board, tmp_path / "third.itb", status=2, SIGN=f"{sign}{third}")
    assert "the signature is not by" in said
    data = bytearray((tmp_path / "old.itb").read_bytes())
    spoil_signature(data)
    (tmp_path / "old.itb").write_bytes(data)
    lines = boot(board, tmp_path / "old.itb")
    assert lines[0] == f"system image refused: /configurations/system: {UNSIGNED_KEY}"
    assert re.search(r"sign it for key new [0-9a-f]{8} or another one that is trusted", lines[1])


@pytest.mark.req("BH-IMAGE-009")
@pytest.mark.parametrize("names, complaint", [("a.pem b.pem", "b.pem: no such key"),
                                              ("a.pem a.pem", "named twice")])
def test_mistake_in_the_list_of_keys_is_named(tmp_path, names, complaint):
    new_key(tmp_path / "a.pem")
    with pytest.raises(keys.KeyProblem, match=complaint):
        found, _ = keys.find(" ".join(f"{tmp_path}/{name}" for name in names.split()), "", "p256")
        keys.source(found, "p256", False)


@pytest.mark.req("BH-IMAGE-002")
@pytest.mark.config("default", "CONFIG_SYSTEM_IMAGE_ROLLBACK_MIN=2")
def test_older_image_is_refused(board, good):
    lines = boot(board, good)
    check_refused(lines, "/configurations/system: its rollback index is below the board's minimum")
    assert "rollback index 1, expected at least 2" in lines[2]


def spoil_payload(data):
    data[fit.prop(data, "/images/hello/hash-1", "value").start] ^= 1


def spoil_rollback(data):
    data[fit.prop(data, "/configurations/system", "bulkhead,rollback-index").stop - 1] ^= 2


def spoil_signature(data):
    data[fit.prop(data, SIGNATURE, "value").start + 40] ^= 0x80


def spoil_unit_name(data):
    tag = next(t for t in fit.tags(data) if t.kind == fit.BEGIN_NODE and t.path == "/images/hello")
    data[tag.start + 5] = ord("@")


def spoil_payload_bytes(data):
    (offset,) = fit.struct.unpack(">I", fit.value(data, "/images/hello", "data-offset"))
    (tree,) = fit.struct.unpack_from(">I", data, 4)
    data[((tree + 3) & ~3) + offset + 100] ^= 0x10


def spoil_place(data):
    where = fit.prop(data, "/images/hello", "data-size")
    data[where.start:where.stop] = b"\xff" * 4


def spoil_algorithm(data):
    where = fit.prop(data, "/images/hello/hash-1", "algo")
    data[where.start:where.start + 6] = b"sha257"


def without_signature(data):
    tag = next(t for t in fit.tags(data) if t.kind == fit.BEGIN_NODE and t.path == SIGNATURE)
    data[tag.start + 4:tag.start + 8] = b"none"


def no_fit(data):
    data[0] = 0


def truncated(data):
    del data[len(data) - 8192:]


def tree_cut(data):
    del data[512:]


@pytest.mark.req("BH-IMAGE-002")
@pytest.mark.parametrize("spoil, reason", [
    (spoil_payload, f"/configurations/system: {UNSIGNED_KEY}"),
    (spoil_rollback, f"/configurations/system: {UNSIGNED_KEY}"),
    (spoil_signature, f"/configurations/system: {UNSIGNED_KEY}"),
    (spoil_unit_name, "/images/h@llo: a node's name has a unit address"),
    (spoil_place, "/images/hello: the payload lies outside the image"),
    (spoil_algorithm, "/images/hello/hash-1: the hash algorithm is not sha256"),
    (without_signature, "/configurations/system: it is not signed"),
    (truncated, "/images/hello: the payload lies outside the image"),
    (tree_cut, "it ends before its tree does: it was cut off"),
], ids=lambda p: getattr(p, "__name__", ""))
def test_spoilt_image_is_refused(board, good, spoil, reason):
    data = bytearray(good.read_bytes())
    spoil(data)
    good.write_bytes(data)
    check_refused(boot(board, good), reason)


def damaged(good):
    data = bytearray(good.read_bytes())
    spoil_payload_bytes(data)
    good.write_bytes(data)
    return good


@pytest.mark.req("BH-IMAGE-002")
@pytest.mark.boards("qemu_virt_arm64")
@pytest.mark.config("default", "CONFIG_SYSTEM_IMAGE_CHECK_ALL=y")
def test_damaged_payload_is_refused_with_its_image(board, good):
    check_refused(boot(board, damaged(good)),
                  "hello: a payload's bytes differ from what was signed")


@pytest.mark.req("BH-IMAGE-007")
@pytest.mark.boards("qemu_virt_arm64")
def test_damaged_payload_is_not_started(board, good):
    """Staged: the image is accepted, and the copy that would run is not."""
    check_accepted(boot(board, damaged(good)))
    board.expect_exact("partition hello: payload hello: its bytes differ from what was signed: not "
                       "started")


FLASH_SIZE = 64 << 20


def in_flash(tmp_path, content, erased=b"\xff"):
    """The whole second bank."""
    file = tmp_path / "flash.bin"
    file.write_bytes(content + erased * (FLASH_SIZE - len(content)))
    return file


@pytest.mark.req("BH-IMAGE-008")
@pytest.mark.boards("qemu_virt_arm64")
def test_image_in_flash_is_accepted(board, good, tmp_path):
    board.boot(flash=in_flash(tmp_path, good.read_bytes()))
    lines = image_lines(board)
    assert lines.pop(1) == "system image: from flash at 0x4000000"
    check_accepted(lines)


@pytest.mark.req("BH-IMAGE-008")
@pytest.mark.boards("qemu_virt_arm64")
def test_spoilt_image_in_flash_is_refused(board, good, tmp_path):
    data = bytearray(good.read_bytes())
    spoil_rollback(data)
    board.boot(flash=in_flash(tmp_path, data))
    lines = image_lines(board)
    assert lines.pop(1) == "system image: from flash at 0x4000000"
    check_refused(lines, f"/configurations/system: {UNSIGNED_KEY}")


@pytest.mark.req("BH-IMAGE-008")
@pytest.mark.boards("qemu_virt_arm64")
def test_erased_flash_holds_no_image(board, tmp_path):
    board.boot(flash=in_flash(tmp_path, b""))
    assert "no system image: nothing to run" in board.console


@pytest.mark.req("BH-IMAGE-008")
@pytest.mark.boards("qemu_virt_arm64")
def test_what_the_loader_hands_over_comes_before_flash(board, good, tmp_path):
    board.boot(initrd=good, flash=in_flash(tmp_path, b"something else"))
    check_accepted(image_lines(board))


@pytest.mark.req("BH-IMAGE-002")
@pytest.mark.boards("qemu_virt_arm64")
def test_what_is_no_image_is_refused(board, good):
    data = bytearray(good.read_bytes())
    no_fit(data)
    good.write_bytes(data)
    check_refused(boot(board, good), "this is no FIT: no device tree header")


@pytest.mark.req("BH-IMAGE-002")
@pytest.mark.config("default", "CONFIG_SYSTEM_IMAGE_UNVERIFIED=y")
@pytest.mark.boards("qemu_virt_arm64")
def test_check_that_is_switched_off_is_loud(board, good):
    data = bytearray(good.read_bytes())
    spoil_signature(data)
    good.write_bytes(data)
    lines = boot(board, good)
    assert "SIGNATURES OF SYSTEM IMAGES ARE NOT CHECKED" in board.console
    check_accepted(lines)


@pytest.mark.req("BH-IMAGE-004")
@pytest.mark.boards("qemu_virt_arm64")
@pytest.mark.parametrize("source, complaint", [
    ('compatible = "other";', 'compatible is not "bulkhead,system"'),
    ('compatible = "bulkhead,system";', "bulkhead,rollback-index is missing"),
    ('compatible = "bulkhead,system"; bulkhead,rollback-index = <1>; payloads { a { }; };',
     "payload a names no file"),
    ('compatible = "bulkhead,system"; bulkhead,rollback-index = <1>; payloads { a { file = "b"; }; };',
     "payload file b is not in"),
    ('compatible = "bulkhead,system"; bulkhead,rollback-index = <1>; '
     'payloads { manifest { file = "b"; }; };', "which is this file itself"),
    ('compatible = ', "dtc failed"),
], ids=["compatible", "rollback", "no-file", "missing-file", "reserved", "syntax"])
def test_mistake_in_the_source_is_named(board, tmp_path, source, complaint):
    system = tmp_path / "system.dts"
    system.write_text(f"/dts-v1/; / {{ {source} }};")
    _, said = make_image(board, tmp_path / "none.itb", system=system, status=2)
    assert complaint in said
