# SPDX-License-Identifier: Apache-2.0
"""Nearly everything is in scripts/pytest_bulkhead.py, which systems outside the tree use as well."""

import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "scripts"))

pytest_plugins = ["pytest_bulkhead"]

# Two workers take a file each as they become free, in this order and then by name: what is long
# comes first, so that none of it is left when the other worker has nothing to do. The first two
# compile different things; the gates find in the cache what the matrix compiled.
LONGEST_FIRST = (
    "unit/test_unit.py", "build/test_matrix.py", "proof/test_proved.py", "gates/test_gates.py",
    "system/images/test_images.py", "system/linux/test_linux.py", "build/test_outputs.py",
    "build/test_rebuild.py", "build/test_commands.py", "system/guest_trap/test_guest_trap.py",
    "system/selftest/test_selftest.py", "system/image/test_image.py", "system/boot/test_boot.py",
    "system/restart/test_restart.py", "system/vapic/test_vapic.py", "system/porting/test_porting.py",
    "system/windows/test_windows.py",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    ranks = {HERE / name: rank for rank, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: ranks.get(item.path, len(ranks)))
