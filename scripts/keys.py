#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The keys that sign system images: finds or makes them, and gives their public halves to the build.

    keys.py --algo p256|rsa3072 --keys DIR [--key "PEM..."] --out FILE.c

Without --key a development key DIR/development-<algo>.pem is made once. FILE.c is rewritten only
when it changes. Keys are handled by the openssl command, never by this script.
"""

import argparse
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ALGORITHMS = {
    "p256": ("SIG_ECDSA_P256", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]),
    "rsa3072": ("SIG_RSA3072_PSS", ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"]),
}
# SubjectPublicKeyInfo of a P-256 key up to X and Y (RFC 5480).
P256_HEAD = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")


class KeyProblem(Exception):
    """What the user must know, in one line."""


def openssl(*words, data=None):
    try:
        return subprocess.run(["openssl", *map(str, words)], input=data, capture_output=True,
                              check=True).stdout
    except FileNotFoundError as e:
        raise KeyProblem("openssl is not installed; on Debian: apt-get install openssl") from e
    except subprocess.CalledProcessError as e:
        said = e.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
        raise KeyProblem(f"openssl {words[0]}: {said[-1]}") from e


def generate(path, algo):
    """A new private key at `path`; one that somebody else made meanwhile is kept."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        new = pathlib.Path(folder) / "key.pem"
        openssl("genpkey", *ALGORITHMS[algo][1], "-out", new)
        try:
            os.link(new, path)
        except FileExistsError:
            pass


def find(names, keys, algo):
    """([path], are they the development key?): every key that is trusted, the one that signs first."""
    found = [pathlib.Path(name) for name in names.split()]
    for path in found:
        if not path.is_file():
            raise KeyProblem(f"{path}: no such key (SYSTEM_IMAGE_KEY)")
    if found:
        return found, False
    path = pathlib.Path(keys) / f"development-{algo}.pem"
    if not path.exists():
        generate(path, algo)
    return [path], True


def is_private(path):
    return b"PRIVATE KEY-----" in path.read_bytes()


def public_pem(path):
    """The public half as PEM."""
    source = [] if is_private(path) else ["-pubin"]
    return openssl("pkey", *source, "-in", path, "-pubout")


def public_bytes(path, algo):
    """As struct sig_key wants them: X and Y, or the modulus."""
    pem = public_pem(path)
    if algo == "p256":
        der = openssl("pkey", "-pubin", "-outform", "DER", data=pem)
        if not der.startswith(P256_HEAD) or len(der) != len(P256_HEAD) + 64:
            raise KeyProblem(f"{path}: not a P-256 key; SIG_ECDSA_P256 needs one")
        return der[len(P256_HEAD):]
    text = openssl("rsa", "-pubin", "-noout", "-text", "-modulus", data=pem).decode()
    modulus = bytes.fromhex(re.search(r"Modulus=([0-9A-F]+)", text)[1])
    if len(modulus) != 384 or "65537" not in text:
        raise KeyProblem(f"{path}: not an RSA key of 3072 bits with exponent 65537; "
                        "SIG_RSA3072_PSS needs one")
    return modulus


def label(path, public):
    """What the boot log calls the key: its file's name and the start of its SHA-256."""
    stem = re.sub(r"[^\w.-]", "_", path.stem)[:24]
    return f"{stem} {hashlib.sha256(public).hexdigest()[:8]}"


def entry(number, path, public, algo, development):
    """One element of the table, and the bytes it points to."""
    rows = [", ".join(f"0x{b:02x}" for b in public[i:i + 12]) for i in range(0, len(public), 12)]
    body = "".join(f"\t{row},\n" for row in rows)
    return f"static const u8 bytes_{number}[] = {{\n{body}}};\n", f"""\t{{
\t\t.algo = {ALGORITHMS[algo][0]},
\t\t.name = "{label(path, public)}",
\t\t.bytes = bytes_{number},
\t\t.size = sizeof(bytes_{number}),
\t\t.development = {'true' if development else 'false'},
\t}},
"""


def source(paths, algo, development):
    publics = [public_bytes(path, algo) for path in paths]
    twice = [str(p) for i, p in enumerate(paths) if publics[i] in publics[:i]]
    if twice:
        raise KeyProblem(f"{twice[0]}: named twice, or another name of the same key")
    entries = [entry(i, path, publics[i], algo, development) for i, path in enumerate(paths)]
    return f"""// SPDX-License-Identifier: Apache-2.0
/* Made by scripts/keys.py. */
#include <bulkhead/svc/image.h>

{"".join(data for data, _ in entries)}
const struct sig_key system_image_keys[] = {{
{"".join(text for _, text in entries)}}};
const u32 system_image_key_count = {len(paths)};
"""


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--algo", choices=ALGORITHMS, required=True)
    p.add_argument("--keys", required=True, help="where the development key is kept")
    p.add_argument("--key", default="", help="the user's keys")
    p.add_argument("--out", required=True, type=pathlib.Path)
    args = p.parse_args()
    try:
        paths, development = find(args.key, args.keys, args.algo)
        text = source(paths, args.algo, development)
    except (KeyProblem, OSError) as e:
        sys.exit(f"keys: {e}")
    if not args.out.exists() or args.out.read_text() != text:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        args.out.write_text(text)


if __name__ == "__main__":
    main()
