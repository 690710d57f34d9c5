# SPDX-License-Identifier: Apache-2.0
"""Everything is in scripts/pytest_bulkhead.py, which systems outside the tree use as well."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "scripts"))

pytest_plugins = ["pytest_bulkhead"]
