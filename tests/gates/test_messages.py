# SPDX-License-Identifier: Apache-2.0
"""What IOMMUs, PCI and devices of partitions say when they refuse something is on a page of docs/."""

import pathlib
import re

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PAGES = ("iommu.md", "pcie.md", "pcie-iommu.md", "pcie-guest.md", "pcie-messages.md")
PLACES = ("drivers/iommu/*.c", "drivers/pcie/*.c", "drivers/irqchip/its*.c", "core/vm/dma*.c",
          "core/vm/vpci*.c", "core/vm/msi.c")
CALL = re.compile(r'\blog_(?:error|warn)\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)')
PIECE = re.compile(r'"((?:[^"\\]|\\.)*)"')
VALUE = re.compile(r"%[-+ #0]*\d*(?:\.\d+)?(?:ll|l|z|h)*[diuxXscp]")


def messages():
    for pattern in PLACES:
        for path in sorted(SOURCE.glob(pattern)):
            for call in CALL.finditer(path.read_text()):
                yield path.relative_to(SOURCE), "".join(PIECE.findall(call[1]))


@pytest.mark.req("BH-PCIE-007")
def test_every_refusal_is_shown():
    text = " ".join(" ".join((SOURCE / "docs" / page).read_text() for page in PAGES).split())
    found = list(messages())
    assert len(found) > 60
    hidden = [f"{path}: {message}" for path, message in found
              if not re.search(".{0,80}?".join(map(re.escape, VALUE.split(message))), text)]
    assert not hidden, "\n".join(hidden)
