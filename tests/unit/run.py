#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs unit test programs, one line a failure and how to run it alone; results as JUnit.

    run.py --output DIR [--tests AREA[/TEST[:NAME]]] [--list] PROGRAM...

Each program's results are in DIR/xml/<area>/<test>.xml, its output in the .log beside it. Exit
status 0: all passed; 1: something failed.
"""
import argparse
import os
import subprocess
import sys
import xml.etree.ElementTree as ET

# Full counts take hours: 10^8 changes of page tables on each format an hour and more without sanitizers.
TIMEOUT_S = 86400 if os.environ.get("SCOPE") == "full" else 120
HERE = "tests/unit"
ENVIRONMENT = {
    "ASAN_OPTIONS": "abort_on_error=0:detect_leaks=1:detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    # A CPU that was given up is a thread that nobody waits for: no race.
    "TSAN_OPTIONS": "halt_on_error=0:exitcode=66:report_thread_leaks=0",
}


def names(program):
    return subprocess.run([program, "-l"], capture_output=True, text=True, check=True,
                          timeout=TIMEOUT_S).stdout.split()


class Program:
    """One test_*.c, built."""

    def __init__(self, path, output, sanitize):
        self.path = path
        self.name = os.path.relpath(path, os.path.join(output, "bin"))
        self.output = output
        self.sanitize = sanitize
        base = os.path.join(output, "xml", self.name)
        self.xml, self.log = base + ".xml", base + ".log"

    def rerun(self, test=None):
        variant = "" if self.sanitize == "address" else f" SANITIZE={self.sanitize}"
        return (f"make -C {HERE} OUTPUT={self.output}{variant} "
                f"TESTS={self.name}{':' + test if test else ''}")

    def run(self, pattern):
        """[(test, None or what went wrong)]"""
        os.makedirs(os.path.dirname(self.xml), exist_ok=True)
        if os.path.exists(self.xml):
            os.remove(self.xml)      # cmocka writes to standard error if the file is there
        env = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="XML", CMOCKA_XML_FILE=self.xml)
        for key, value in ENVIRONMENT.items():
            env.setdefault(key, value)
        argv = [self.path] + ([pattern] if pattern else [])
        if self.sanitize == "thread":
            argv = ["setarch", os.uname().machine, "-R"] + argv
        try:
            r = subprocess.run(argv, env=env, stdin=subprocess.DEVNULL, timeout=TIMEOUT_S,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            status, out = r.returncode, r.stdout
        except subprocess.TimeoutExpired as e:
            status, out = f"no end within {TIMEOUT_S} s", e.stdout or b""
        text = out.decode(errors="replace")
        with open(self.log, "w", encoding="utf-8") as f:
            f.write(text)
        return self.results(status, text)

    def results(self, status, text):
        found = []
        try:
            for case in ET.parse(self.xml).getroot().iter("testcase"):
                bad = case.find("failure")
                bad = case.find("error") if bad is None else bad
                found.append((case.get("name"), None if bad is None else (bad.text or "").strip()))
        except (OSError, ET.ParseError):
            pass
        if status != 0 and not any(why for _, why in found):
            found.append(("program", f"ended with {status}, see {self.log}\n{text[-4000:]}"))
        return found


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--output", required=True)
    p.add_argument("--tests", default="")
    p.add_argument("--sanitize", default="address")
    p.add_argument("--list", action="store_true")
    p.add_argument("programs", nargs="+")
    args = p.parse_args()

    which, _, pattern = args.tests.partition(":")
    programs = [Program(x, args.output, args.sanitize) for x in args.programs]
    if "/" in which:
        programs = [x for x in programs if x.name == which]
    if not programs:
        sys.exit(f"unit: no test program {which}: make -C {HERE} LIST=1 names them")
    if args.list:
        for x in programs:
            print("\n".join(f"{x.name}:{n}" for n in names(x.path)))
        return 0

    passed, failed = 0, 0
    for x in programs:
        results = x.run(pattern)
        if not results:
            sys.exit(f"unit: {x.name} has no test {pattern}: make -C {HERE} LIST=1 names them")
        for test, why in results:
            if why is None:
                passed += 1
                continue
            failed += 1
            print(f"FAILED {x.name}:{test}\n{why}\n  again: {x.rerun(test if test != 'program' else None)}")
    print(f"unit: {passed} passed, {failed} failed ({args.sanitize}), results in {args.output}/xml")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
