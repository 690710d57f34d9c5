# SPDX-License-Identifier: Apache-2.0
"""The list of requirements and the tests fit each other."""

import pathlib
import re

import pytest
import yaml

TESTS = pathlib.Path(__file__).resolve().parent.parent
LIST = TESTS.parent / "docs" / "requirements.yaml"
NAME = re.compile(r"\bBH-[A-Z0-9]+-\d{3}\b")


def listed():
    return [r["id"] for r in yaml.safe_load(LIST.read_text())["requirements"]]


def named_by_tests():
    """Every requirement that a test, of Python or C, names, and where."""
    found = {}
    for path in TESTS.rglob("*"):
        if path.suffix in (".py", ".c") and path.is_file():
            for name in NAME.findall(path.read_text(errors="replace")):
                found.setdefault(name, []).append(str(path.relative_to(TESTS)))
    return found


@pytest.mark.req("BH-TEST-001")
def test_ids_are_well_formed_and_unique():
    ids = listed()
    assert [i for i in ids if not NAME.fullmatch(i)] == []
    assert sorted(i for i in ids if ids.count(i) > 1) == []


@pytest.mark.req("BH-TEST-001")
def test_every_requirement_has_a_test():
    missing = sorted(set(listed()) - set(named_by_tests()))
    assert missing == [], "no test names these; write one, or take them off the list"


@pytest.mark.req("BH-TEST-001")
def test_every_named_requirement_is_listed():
    unknown = {k: v for k, v in named_by_tests().items() if k not in listed()}
    assert unknown == {}, "add them to docs/requirements.yaml"
