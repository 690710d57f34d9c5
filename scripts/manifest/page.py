#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes docs/manifest.md, docs/cpu-features.md and docs/manifest.svg from Bulkhead's own tables and from running it.

    page.py --tool $(O)/tools/manifest-check [--check]      --check: only says whether they differ
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import textwrap

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
sys.path.insert(0, str(SOURCE / "scripts"))
import check  # noqa: E402
import manifest_report  # noqa: E402
import manifest_svg  # noqa: E402

BOARD, SIZE = "qemu_virt_arm64", "cpus=4"
SLOT = "0x4000000:0x4000000"  # as the board is configured

# What people get wrong: how it comes about, what they wrote, what they would have written.
MISTAKES = [
    ("A CPU of a larger board", "cpus = <1>;", "cpus = <4>;"),
    ("A device given twice", 'devices = "/pl061@9030000";',
     'devices = "/pl061@9030000", "/pl031@9010000";'),
    ("A property by another name", "cpus = <1>;", "cpu = <1>;"),
    ("More memory than there is", "size = <0x4000000>; place = <0x60000000>;",
     "size = <0x0 0x80000000>;"),
    ("A device whose DMA nothing checks", 'devices = "/pl031@9010000";',
     'devices = "/pl031@9010000", "/virtio_mmio@a000000";'),
]

KINDS = {"VALUE_FLAG": "flag", "VALUE_CELL": "number", "VALUE_NUMBER": "address",
         "VALUE_SIZE": "size", "VALUE_STRING": "string", "VALUE_STRINGS": "strings",
         "VALUE_WORD": "word", "VALUE_CELLS": "numbers", "VALUE_REF": "reference",
         "VALUE_REFS": "references"}
NEEDS = {"OPTIONAL": "", "REQUIRED": "required", "MANY": "several", "SOME": "required, several"}


def judge(tool, text):
    with tempfile.TemporaryDirectory() as name:
        source = pathlib.Path(name) / "example.dts"
        source.write_text(text)
        for payload in ("Image", "initrd.gz", "firmware.bin"):
            (source.parent / payload).write_bytes(b"x")
        args = argparse.Namespace(system=source, board=BOARD, roots="", tool=tool, set=SIZE, files="",
                                  slot=SLOT)
        broken, report = check.check(args)
        return [line.replace(f"{source.parent}/", "") for line in broken], report


def form(p):
    words = p["words"].replace("|", '", "')
    text = KINDS[p["form"]]
    if p["form"] == "VALUE_WORD":
        return f'"{words}"'
    if p["form"] == "VALUE_CELL":
        return f"{p['low']} to {p['high']}" if p["high"] < 1 << 31 and p["high"] != 0x7fffffff else "number"
    if words:
        return f'{text}, or "{words}"'
    if p["form"] in ("VALUE_NUMBER", "VALUE_SIZE") and p["low"] > 1:
        return f"{text}, multiple of {p['low']:#x}"
    if p["form"] == "VALUE_STRING":
        return f"string of up to {p['high']}"
    return text


def node_path(nodes, node):
    if node["name"] == "/":
        return "/"
    above = node_path(nodes, nodes[node["parent"]])
    name = node["name"] or "&lt;name&gt;"
    return f"{'' if above == '/' else above}/{name}{'@address' if node['unit'] == 'UNIT_GPA' else ''}"


def binding_text(data):
    nodes = {n["kind"]: n for n in data["nodes"]}
    out = []
    for kind, node in nodes.items():
        need = NEEDS[node["need"]]
        out += [f"### {node_path(nodes, node)}", "",
                textwrap.fill(node["text"] + (f" ({need})" if need and node["name"] != "/" else ""), 130), ""]
        rows = [p for p in data["properties"] if p["kind"] == kind]
        if rows:
            out += ["| property | value | | default | |", "| --- | --- | --- | --- | --- |"]
            out += [f"| `{p['name']}` | {form(p)} | {NEEDS[p['need']]} | {p['default'].replace('|', '')} "
                    f"| {p['text']} |" for p in rows]
            out.append("")
    return "\n".join(out).rstrip()


def rules_text(data):
    rows = (f"| `{r['name']}` | {r['demand']} | {r['hint'].replace('<', '&lt;')} |"
            for r in data["rules"])
    return "\n".join(["| rule | what it demands | what to do |", "| --- | --- | --- |", *rows])


def features_text(data):
    names = {f["id"]: f["name"] for f in data["features"]}
    out = ["| name | CPUID | default | where it comes from | needs | what else changes |",
           "| --- | --- | --- | --- | --- | --- |"]
    for f in data["features"]:
        leaf = f"{f['leaf']:X}h"
        out.append(" | ".join((
            f"| `{f['name']}`", leaf + ("" if f["register"] == "WHOLE" else f" {f['register']} bit {f['bit']}"),
            f["default"].lower(), {"CPU": "the CPU", "OWN": "Bulkhead"}[f["source"]],
            f"`{names[f['needs']]}`" if f["needs"] != f["id"] else "", f"{f['text']} |")))
    return "\n".join(out)


def mistakes_text(tool, example):
    out = []
    for n, (title, old, new) in enumerate(MISTAKES, 1):
        assert old in example, old
        broken, _ = judge(tool, example.replace(old, new, 1))
        assert broken, title
        out += [f"**{n}. {title}**: `{new}`", "", *(f"    {line}" for line in broken), ""]
    return "\n".join(out).rstrip()


def pages(tool):
    """{file in docs/: what it should be}."""
    data = json.loads(subprocess.run([tool, "binding"], capture_output=True, text=True, check=True).stdout)
    example = (HERE / "example.dts").read_text()
    broken, report = judge(tool, example)
    assert not broken, broken
    shown = example.split("/dts-v1/;", 1)[1].strip()
    page = (HERE / "manifest.md.in").read_text()
    for mark, text in (("EXAMPLE", f"/dts-v1/;\n\n{shown}"), ("REPORT", manifest_report.text(report)),
                       ("MISTAKES", mistakes_text(tool, example)), ("BINDING", binding_text(data)),
                       ("RULES", rules_text(data))):
        page = page.replace(f"@{mark}@", text)
    features = (HERE / "cpu-features.md.in").read_text().replace("@FEATURES@", features_text(data))
    return {"manifest.md": page, "cpu-features.md": features, "manifest.svg": manifest_svg.draw(report)}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--tool", required=True, type=pathlib.Path)
    p.add_argument("--check", action="store_true")
    args = p.parse_args()
    for name, text in pages(args.tool).items():
        file = SOURCE / "docs" / name
        if not args.check:
            file.write_text(text)
        elif not file.exists() or file.read_text() != text:
            sys.exit(f"page: docs/{name} is not what the tables say: scripts/manifest/page.py --tool ...")


if __name__ == "__main__":
    main()
