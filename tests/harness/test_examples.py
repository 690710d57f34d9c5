# SPDX-License-Identifier: Apache-2.0
"""docs/ci-example.yml uses commands that exist."""

import re
import subprocess

import pytest
import sim
import yaml

PIPELINE = sim.SOURCE / "docs" / "ci-example.yml"


@pytest.mark.req("BH-TEST-006")
def test_pipeline_uses_commands_of_make_help():
    text = subprocess.run(["make", "-s", "-C", sim.SOURCE, "help"], capture_output=True, text=True,
                          check=True).stdout
    known = set(re.findall(r"^  (\w+)", text, re.M))
    pipeline = yaml.safe_load(PIPELINE.read_text())
    jobs = [job for name, job in pipeline.items() if isinstance(job, dict) and "script" in job]
    assert len(jobs) == 3
    for job in jobs:
        for line in job["script"]:
            words = line.split()
            assert words[:3] == ["make", "-C", "bulkhead"]
            goals = {w for w in words[3:] if "=" not in w}
            assert goals and goals <= known, goals - known
