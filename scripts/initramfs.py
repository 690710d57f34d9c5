#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes an initramfs: initramfs.py --out FILE [TARGET=SOURCE | TARGET -> LINK]...

A cpio archive (newc), compressed. The same files give the same bytes, and no privilege is needed.
Folders are made as they are named; /dev/console is there, because the kernel opens it before
anything could be mounted.

    initramfs.py --out initrd.gz init=init bin/busybox=busybox 'bin/sh->busybox' proc/ sys/
"""

import argparse
import gzip
import pathlib
import stat

TRAILER = "TRAILER!!!"


def entry(number, name, mode, data=b"", device=(0, 0)):
    """One member (Linux Documentation/driver-api/early-userspace/buffer-format.rst)."""
    fields = [number, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name) + 1, 0]
    head = b"070701" + b"".join(b"%08X" % f for f in fields) + name.encode() + b"\0"
    return pad(head) + pad(data)


def pad(data):
    return data + b"\0" * (-len(data) % 4)


def members(words):
    """(name, mode, data, device) of all that the words name, folders first."""
    folders, files = {"dev"}, [("dev/console", stat.S_IFCHR | 0o600, b"", (5, 1))]
    for word in words:
        if word.endswith("/"):
            folders.add(word.rstrip("/"))
            continue
        if "->" in word:
            name, link = word.split("->")
            files.append((name, stat.S_IFLNK | 0o777, link.encode(), (0, 0)))
        else:
            name, source = word.split("=")
            files.append((name, stat.S_IFREG | 0o755, pathlib.Path(source).read_bytes(), (0, 0)))
        folders.update(str(p) for p in pathlib.PurePosixPath(name).parents if str(p) != ".")
    return [(f, stat.S_IFDIR | 0o755, b"", (0, 0)) for f in sorted(folders)] + files


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--out", required=True, type=pathlib.Path)
    p.add_argument("words", nargs="+")
    args = p.parse_args()
    archive = b"".join(entry(i + 1, *m) for i, m in enumerate(members(args.words)))
    archive += entry(0, TRAILER, 0)
    args.out.write_bytes(gzip.compress(archive, mtime=0))


if __name__ == "__main__":
    main()
