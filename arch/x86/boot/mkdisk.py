#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the raw disk: boot sectors, the flat image, and room for a system image.

    mkdisk.py BOOT IMAGE OUT [ROOM]

The layout is asm/bootproto.h's. There is room for a system image of 7 MiB, or of ROOM if that is
more. The sizes are written into the boot sectors, and the file is a whole number of cylinders of 16
heads and 63 sectors, which Bochs asks for.
"""
import struct
import sys

SECTOR = 512
CYLINDER = 16 * 63
IMAGE_LBA = 8
SLOT_LBA = 4096
CYLINDERS = 20


def sectors(data):
    return (len(data) + SECTOR - 1) // SECTOR


def main(boot_name, image_name, out_name, room=0):
    with open(boot_name, "rb") as f:
        boot = bytearray(f.read())
    with open(image_name, "rb") as f:
        image = f.read()
    if len(boot) != IMAGE_LBA * SECTOR or boot[510:512] != b"\x55\xaa" or \
            boot[SECTOR:SECTOR + 8] != b"BULKHEAD":
        sys.exit("mkdisk: %s: not the boot sectors (disk.S)" % boot_name)
    if IMAGE_LBA + sectors(image) > SLOT_LBA:
        sys.exit("mkdisk: %s: %d sectors, only %d fit in front of the system image"
                 % (image_name, sectors(image), SLOT_LBA - IMAGE_LBA))
    wanted = (SLOT_LBA + int(room) * 2048 + CYLINDER - 1) // CYLINDER
    total = max(CYLINDERS, wanted) * CYLINDER
    struct.pack_into("<I", boot, 458, total - 1)
    struct.pack_into("<II", boot, SECTOR + 8, sectors(image), total - SLOT_LBA)
    with open(out_name, "wb") as f:
        f.write(boot)
        f.write(image)
        f.truncate(total * SECTOR)


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    main(*sys.argv[1:])
