#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make image: packs a system and its payloads into one signed image (docs/image.md).

    image.py --system SYSTEM.dts --files DIR[:DIR] --arch arm64|x86 --algo p256|rsa3072
             --keys DIR [--key PEM] [--sign COMMAND] --out IMAGE.itb

Debian's mkimage writes and signs the FIT. With --sign it signs with a key that is thrown away,
and COMMAND makes the signature that counts: it reads the 32 bytes of the SHA-256 and writes the
signature (P-256: r and s, or DER; RSA: PSS, 384 bytes). Either way the result is checked against
the keys that Bulkhead is built with.
"""

import argparse
import dataclasses
import hashlib
import os
import pathlib
import re
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import keys  # noqa: E402

CONFIG = "system"
MANIFEST = "manifest"
SIGNED = {"p256": ("sha256,ecdsa256", ""), "rsa3072": ("sha256,rsa3072", 'padding = "pss"; ')}
ARCHES = {"arm64": "arm64", "x86": "x86_64"}
PAGE = 4096
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,46}")
UNSIGNED = ("data", "data-size", "data-position", "data-offset")
BEGIN_NODE, END_NODE, PROP, NOP, END = 1, 2, 3, 4, 9


class ImageProblem(Exception):
    """What the user must know, in one line."""


# --- Devicetree blobs --------------------------------------------------------------------------


@dataclasses.dataclass
class Tag:
    """One tag of the structure block: what, in which node, and which bytes of the blob."""

    kind: int
    path: str
    start: int
    end: int
    name: str = ""  # of a property
    value: range = range(0)


def tags(blob):
    """Every tag in order (Devicetree Specification v0.4, 5.4). The blob is dtc's or mkimage's."""
    structure, strings = struct.unpack_from(">2I", blob, 8)
    at, path = structure, []
    while True:
        start = at
        (kind,) = struct.unpack_from(">I", blob, at)
        at += 4
        tag = Tag(kind, "", start, at)
        if kind == BEGIN_NODE:
            end = blob.index(b"\0", at)
            path.append(blob[at:end].decode())
            at = end + 1
        elif kind == PROP:
            size, name = struct.unpack_from(">2I", blob, at)
            tag.name = blob[strings + name:blob.index(b"\0", strings + name)].decode()
            tag.value = range(at + 8, at + 8 + size)
            at += 8 + size
        at = (at + 3) & ~3
        tag.path, tag.end = "/".join(path) or "/", at
        yield tag
        if kind == END_NODE:
            path.pop()
        elif kind == END:
            return


def prop(blob, path, name):
    """Where the value of a property lies; None if it is not there."""
    found = (t.value for t in tags(blob) if t.kind == PROP and (t.path, t.name) == (path, name))
    return next(found, None)


def value(blob, path, name):
    where = prop(blob, path, name)
    return None if where is None else bytes(blob[where.start:where.stop])


def string(blob, path, name):
    raw = value(blob, path, name)
    return None if raw is None else raw.rstrip(b"\0").decode()


def children(blob, path):
    depth = 1 if path == "/" else path.count("/") + 1
    return [t.path.rsplit("/", 1)[1] for t in tags(blob) if t.kind == BEGIN_NODE and
            t.path != "/" and t.path.startswith(path.rstrip("/") + "/") and t.path.count("/") == depth]


# --- The system's source -----------------------------------------------------------------------


@dataclasses.dataclass
class System:
    blob: bytes  # the compiled source
    name: str
    rollback: int
    payloads: dict  # name -> file


def run(words, **kwargs):
    try:
        done = subprocess.run([str(w) for w in words], capture_output=True, check=False, **kwargs)
    except FileNotFoundError as e:
        raise ImageProblem(f"{words[0]} is not installed") from e
    if done.returncode != 0:
        said = (done.stderr + done.stdout).decode(errors="replace").strip()
        raise ImageProblem(f"{words[0]} failed: {said}")
    return done.stdout


def find_file(name, folders):
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    raise ImageProblem(f"payload file {name} is not in {' or '.join(map(str, folders))}")


def read_system(source, folders):
    if not source.is_file():
        raise ImageProblem(f"{source}: no such file; 'make systems' lists those of the tree")
    blob = run(["dtc", "-q", "-I", "dts", "-O", "dtb", source])
    if string(blob, "/", "compatible") != "bulkhead,system":
        raise ImageProblem(f'{source}: compatible is not "bulkhead,system": this is no system')
    rollback = value(blob, "/", "bulkhead,rollback-index")
    if rollback is None or len(rollback) != 4:
        raise ImageProblem(f"{source}: bulkhead,rollback-index is missing or not one cell: "
                           "write bulkhead,rollback-index = <1>;")
    payloads = {}
    for name in children(blob, "/payloads"):
        file = string(blob, f"/payloads/{name}", "file")
        if name == MANIFEST or not NAME.fullmatch(name):
            raise ImageProblem(f"{source}: payload {name}: small letters, digits, '.', '_', '-', at "
                               f"most 47, and not {MANIFEST!r}, which is this file itself")
        if not file:
            raise ImageProblem(f'{source}: payload {name} names no file: write file = "...";')
        payloads[name] = find_file(file, folders)
        if payloads[name].stat().st_size == 0:
            raise ImageProblem(f"{source}: payload {name}: {payloads[name]} is empty")
    return System(blob, string(blob, "/", "model") or source.stem,
                  int.from_bytes(rollback, "big"), payloads)


# --- The image ---------------------------------------------------------------------------------

IMAGE_NODE = """
		{name} {{
			description = "{name}"; data = /incbin/("{file}"); type = "{type}";
			arch = "{arch}"; compression = "none"; hash-1 {{ algo = "sha256"; }};
		}};"""

ITS = """/dts-v1/;
/ {{
	description = "{description}";
	#address-cells = <1>;
	images {{{images}
	}};
	configurations {{
		default = "{config}";
		{config} {{
			description = "{description}";
			fdt = "{manifest}";{loadables}
			bulkhead,rollback-index = <{rollback}>;
			signature-1 {{
				algo = "{algo}"; key-name-hint = "signer"; {padding}sign-images = {signed};
			}};
		}};
	}};
}};
"""


def write_its(system, folder, arch, algo):
    (folder / "manifest.dtb").write_bytes(system.blob)
    files = [(MANIFEST, folder / "manifest.dtb", "flat_dt")]
    files += [(name, file, "firmware") for name, file in system.payloads.items()]
    names = ", ".join(f'"{name}"' for name in system.payloads)
    text = ITS.format(
        description=re.sub(r'["\\]', "", system.name), config=CONFIG, manifest=MANIFEST,
        rollback=system.rollback, algo=SIGNED[algo][0], padding=SIGNED[algo][1],
        loadables=f"\n\t\t\tloadables = {names};" if names else "",
        signed='"fdt", "loadables"' if names else '"fdt"',
        images="".join(IMAGE_NODE.format(name=n, file=f, type=t, arch=ARCHES[arch])
                       for n, f, t in files))
    (folder / "system.its").write_text(text)


def signer(folder, key, algo):
    """The key as mkimage wants it: signer.pem, or signer.key with a certificate around it."""
    (folder / "keys").mkdir()
    name = folder / "keys" / ("signer.pem" if algo == "p256" else "signer.key")
    if key is None:
        keys.generate(name, algo)
    else:
        shutil.copyfile(key, name)
    if algo == "rsa3072":
        keys.openssl("req", "-batch", "-new", "-x509", "-key", name, "-subj", "/CN=signer",
                     "-out", folder / "keys/signer.crt")


def digest(fit):
    """What the signature covers (FIT specification, "Security"), from mkimage's own lists."""
    node = f"/configurations/{CONFIG}/signature-1"
    listed = value(fit, node, "hashed-nodes").rstrip(b"\0").decode().split("\0")
    first, size = struct.unpack(">2I", value(fit, node, "hashed-strings"))
    (strings,) = struct.unpack_from(">I", fit, 12)
    sha = hashlib.sha256()
    for tag in tags(fit):
        mine = tag.path in listed
        parent = tag.path != "/" and (tag.path.rsplit("/", 1)[0] or "/") in listed
        if (tag.kind in (BEGIN_NODE, END_NODE) and (mine or parent)) or tag.kind == END or \
                (tag.kind == PROP and mine and tag.name not in UNSIGNED):
            sha.update(fit[tag.start:tag.end])
    sha.update(fit[strings + first:strings + first + size])
    return sha.digest()


def der_integer(number):
    raw = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return bytes([2, len(raw)]) + raw


def to_der(raw):
    """r and s as openssl wants them (RFC 3279, 2.2.3)."""
    body = b"".join(der_integer(int.from_bytes(raw[i:i + 32], "big")) for i in (0, 32))
    return bytes([0x30, len(body)]) + body


def from_der(der):
    """r and s of a signature in DER; None if it is none."""
    found = re.fullmatch(rb"0.\x02(.)(.*)", der, re.S)
    if not found or len(found[2]) < found[1][0] + 3:
        return None
    size = found[1][0]
    r, s = found[2][:size], found[2][size + 2:]
    numbers = [int.from_bytes(n, "big") for n in (r, s)]
    return b"".join(n.to_bytes(32, "big") for n in numbers) if max(numbers) < 1 << 256 else None


def sign_detached(command, hashed, algo):
    done = subprocess.run(command, shell=True, input=hashed, stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise ImageProblem(f"SIGN={command}: ended with status {done.returncode}")
    made = done.stdout
    if algo == "p256" and len(made) != 64:
        made = from_der(made)
    if made is None or len(made) != {"p256": 64, "rsa3072": 384}[algo]:
        raise ImageProblem(f"SIGN={command}: wrote {len(done.stdout)} bytes; expected 64 (r and s) "
                           "or DER for P-256, 384 for RSA-3072")
    return made


def signed_by(fit, folder, key, algo):
    made = value(fit, f"/configurations/{CONFIG}/signature-1", "value")
    (folder / "public.pem").write_bytes(keys.public_pem(key))
    (folder / "signature").write_bytes(to_der(made) if algo == "p256" else made)
    padding = [] if algo == "p256" else ["-pkeyopt", "rsa_padding_mode:pss", "-pkeyopt",
                                         "rsa_pss_saltlen:auto"]
    try:
        keys.openssl("pkeyutl", "-verify", "-pubin", "-inkey", folder / "public.pem", "-sigfile",
                     folder / "signature", "-pkeyopt", "digest:sha256", *padding, data=digest(fit))
    except keys.KeyProblem:
        return False
    return True


def check(fit, folder, trusted, algo):
    """The finished image against the keys that are built in."""
    if not any(signed_by(fit, folder, key, algo) for key in trusted):
        raise ImageProblem(f"the signature is not by {' or '.join(map(str, trusted))}, which Bulkhead "
                           "is built with: it would be refused")


def check_manifest(command):
    """The rules of Bulkhead's own reader (scripts/check.py): nothing is signed that it refuses."""
    if subprocess.run(shlex.split(command), check=False).returncode != 0:
        raise ImageProblem("nothing was signed: Bulkhead would refuse this system")


def make_image(system, args):
    trusted, development = keys.find(args.key, args.keys, args.algo)
    key = trusted[0]
    if not args.sign and not keys.is_private(key):
        raise ImageProblem(f"{key} is a public key: name what signs by SIGN='command'")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        signer(folder, None if args.sign else key, args.algo)
        write_its(system, folder, args.arch, args.algo)
        run(["mkimage", "-f", folder / "system.its", "-E", "-B", hex(PAGE), "-k", folder / "keys",
             "-r", folder / "system.itb"],
            env={"SOURCE_DATE_EPOCH": "0", **os.environ})
        fit = bytearray((folder / "system.itb").read_bytes())
        if args.sign:
            where = prop(fit, f"/configurations/{CONFIG}/signature-1", "value")
            fit[where.start:where.stop] = sign_detached(args.sign, digest(fit), args.algo)
        check(fit, folder, trusted, args.algo)
    fit += bytes(-len(fit) % PAGE)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_bytes(fit)
    by = "SIGN" if args.sign else f"{'development key ' if development else ''}{key.name}"
    print(f"image: {args.out}: {system.name}, rollback index {system.rollback}, "
          f"{len(system.payloads)} payloads, {len(fit)} bytes, signed by {by}")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--system", required=True, type=pathlib.Path)
    p.add_argument("--files", required=True, help="folders with payload files, colon-separated")
    p.add_argument("--arch", choices=ARCHES, required=True)
    p.add_argument("--algo", choices=SIGNED, required=True)
    p.add_argument("--keys", required=True, help="where the development key is kept")
    p.add_argument("--key", default="", help="the user's keys; the first one signs")
    p.add_argument("--sign", default="", help="command that signs a hash")
    p.add_argument("--check", default="", help="command that checks the system for its board")
    p.add_argument("--out", required=True, type=pathlib.Path)
    args = p.parse_args()
    try:
        system = read_system(args.system, [pathlib.Path(f) for f in args.files.split(":")])
        if args.check:
            check_manifest(args.check)
        make_image(system, args)
    except (ImageProblem, keys.KeyProblem, OSError) as e:
        sys.exit(f"image: {e}")


if __name__ == "__main__":
    main()
