#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Static gates: each finds nothing, or says file, line and what to do.

    scripts/gate.py format|style|floors|links              need the source tree only
    scripts/gate.py headers|fanalyzer|tidy|sparse|misra DB...   need compile_commands.json files

A database is what `make compile_commands.json` leaves in the build directory. Where two of
them name a file, the first one counts. Exit status 0: no finding; 1: findings; 2: cannot run.
"""
import concurrent.futures
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LINES_MAX = 900
COLUMNS_MAX = 100
JOBS = max(2, os.cpu_count() or 2)


def tracked(*patterns):
    """Files of the tree, as git knows them; of an unpacked archive, all there are."""
    try:
        out = subprocess.run(["git", "-C", ROOT, "ls-files", "--cached", "--others",
                              "--exclude-standard", "--", *patterns],
                             capture_output=True, text=True, check=True).stdout.split("\n")
        return sorted(f for f in out if f and os.path.exists(os.path.join(ROOT, f)))
    except (OSError, subprocess.CalledProcessError):
        import fnmatch
        found = []
        for base, dirs, files in os.walk(ROOT):
            rel = os.path.relpath(base, ROOT)
            dirs[:] = [d for d in dirs if d != ".git" and (rel != "." or d != "build")]
            found += [os.path.normpath(os.path.join(rel, f)) for f in files
                      if any(fnmatch.fnmatch(f, p) for p in patterns)]
        return sorted(found)


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8", errors="replace") as f:
        return f.read()


def tool(*names):
    """The first of @names that is installed."""
    for n in names:
        if shutil.which(n):
            return n
    sys.exit("gate: %s is not installed: run `make test`, which installs it" % names[0])


def run_many(commands):
    """Runs (label, argv, cwd) tuples, two at a time; yields (label, status, output)."""
    def one(c):
        r = subprocess.run(c[1], cwd=c[2], capture_output=True, text=True)
        return c[0], r.returncode, r.stdout + r.stderr
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        yield from pool.map(one, commands)


def database(paths):
    """Compile commands of our own C files: {relative file: (argv, cwd)}."""
    if not paths:
        sys.exit("gate: this gate needs a compile_commands.json (make compile_commands.json)")
    out = {}
    for p in paths:
        with open(p, encoding="utf-8") as f:
            for entry in json.load(f):
                full = os.path.normpath(os.path.join(entry["directory"], entry["file"]))
                rel = os.path.relpath(full, ROOT)
                if rel.startswith("..") or not rel.endswith(".c"):
                    continue
                argv = entry.get("arguments") or shlex.split(entry["command"])
                out.setdefault(rel, (argv, entry["directory"]))
    return out


def stripped(argv):
    """A compile command without what names its output."""
    out, skip = [], False
    for a in argv:
        if skip:
            skip = False
        elif a in ("-o", "-MF", "-MT", "-MQ"):
            skip = True
        elif a not in ("-c", "-MD", "-MMD", "-MP") and not a.endswith(".c"):
            out.append(a)
    return out


# --- gates over the source alone -------------------------------------------------------------

def gate_format(_):
    files = tracked("*.c", "*.h")
    fmt = tool("clang-format-19")
    findings = []
    for i in range(0, len(files), 40):
        part = [os.path.join(ROOT, f) for f in files[i:i + 40]]
        r = subprocess.run([fmt, "--dry-run", "--Werror", *part], capture_output=True, text=True)
        findings += [l.replace(ROOT + "/", "") for l in r.stderr.split("\n") if ": error:" in l]
    return [f + "  (run: clang-format-19 -i FILE)" for f in findings]


SPDX = re.compile(r"SPDX-License-Identifier: Apache-2\.0")
CODE = ("*.c", "*.h", "*.S", "*.py", "*.sh", "*.mk", "Makefile", "Kconfig*", "*.dts", "*.dtsi")
MACHINE_PATH = re.compile(r"(?<![\w.])/(home|root|work|tmp|farm)/[\w.-]+/[\w.-]+")
ARCH_WORD = re.compile(r"\b(x86|x86_64|amd64|arm64|aarch64|CONFIG_X86\w*|CONFIG_ARM64\w*)\b", re.I)


def gate_style(_):
    findings = []
    for f in tracked(*CODE):
        text = read(f)
        lines = text.split("\n")
        head = "\n".join(lines[:2])
        if text.strip() and not SPDX.search(head):
            findings.append("%s:1: no SPDX line (SPDX-License-Identifier: Apache-2.0)" % f)
        if f.endswith((".c", ".h", ".S")):
            if len(lines) > LINES_MAX:
                findings.append("%s: %d lines; a file is one idea, at most %d"
                                % (f, len(lines), LINES_MAX))
            for n, l in enumerate(lines, 1):
                if len(l.expandtabs(8)) > COLUMNS_MAX:
                    findings.append("%s:%d: wider than %d columns" % (f, n, COLUMNS_MAX))
                if re.search(r"\b(TODO|FIXME|XXX)\b", l):
                    findings.append("%s:%d: unfinished work marked in the code" % (f, n))
        if re.match(r"(core|lib)/.*\.[ch]$", f):
            for n, l in enumerate(lines, 1):
                if ARCH_WORD.search(l):
                    findings.append("%s:%d: core and lib never name an architecture: %s"
                                    % (f, n, l.strip()))
    for f in tracked("*"):
        if f.endswith((".bin", ".dtb", ".dat", ".aml", ".png")) or "/corpus/" in f:
            continue
        for n, l in enumerate(read(f).split("\n"), 1):
            if MACHINE_PATH.search(l):
                findings.append("%s:%d: a path of somebody's machine: %s" % (f, n, l.strip()[:80]))
    return findings


# Floors, lowest first (docs/design.md, section 2). The first prefix that fits counts.
FLOORS = [
    ("include/bulkhead/arch/", 0), ("arch/x86/include/", 0), ("arch/arm64/include/", 0),
    ("arch/fake/include/", 0), ("include/abi/", 0),
    ("include/bulkhead/lib/", 1), ("lib/", 1),
    ("include/bulkhead/base/", 2), ("core/base/", 2),
    ("arch/x86/cpu/", 3), ("arch/arm64/cpu/", 3), ("arch/fake/", 99),
    ("include/bulkhead/serial/", 4), ("include/bulkhead/fw/", 4), ("include/bulkhead/irqchip/", 4),
    ("drivers/serial/", 4), ("drivers/fw/", 4), ("drivers/irqchip/", 4),
    ("include/bulkhead/mem/", 5), ("core/mem/", 5),
    ("include/bulkhead/iommu/", 6), ("include/bulkhead/pcie/", 6), ("drivers/iommu/", 6),
    ("drivers/pcie/", 6),
    ("arch/x86/virt/", 7), ("arch/arm64/virt/", 7),
    ("include/bulkhead/vm/", 8), ("core/vm/", 8),
    ("include/bulkhead/svc/", 9), ("core/svc/", 9), ("drivers/vdpa/", 9),
    ("core/", 10), ("include/bulkhead/", 10), ("arch/x86/boot/", 3),
    ("arch/x86/bulkhead.ld.S", 3), ("arch/arm64/bulkhead.ld.S", 3),
    ("tests/", 99), ("scripts/", 99), ("systems/", 99), ("third-party/", 99),
]
# What struct machine describes is data every floor from the CPU upwards reads.
FLOOR_DATA = {"include/bulkhead/fw/machine.h": 2}


def floor_of(path):
    if path in FLOOR_DATA:
        return FLOOR_DATA[path]
    for prefix, level in FLOORS:
        if path.startswith(prefix):
            return level
    return None


def resolve(include, by):
    """The file an #include names, relative to the tree, or None for what is not ours."""
    places = ["include", "."]
    if by.startswith(("arch/x86/", "arch/arm64/", "arch/fake/")):
        places.insert(0, "/".join(by.split("/")[:2]) + "/include")
    places.insert(0, os.path.dirname(by))
    for p in places:
        f = os.path.normpath(os.path.join(p, include))
        if os.path.isfile(os.path.join(ROOT, f)):
            return f
    return None


def gate_floors(_):
    findings = []
    for f in tracked("*.c", "*.h", "*.S"):
        mine = floor_of(f)
        if mine is None:
            findings.append("%s: stands on no floor: add its folder to scripts/gate.py" % f)
            continue
        for n, l in enumerate(read(f).split("\n"), 1):
            m = re.match(r'\s*#\s*include\s*[<"]([^">]+)[">]', l)
            target = m and resolve(m.group(1), f)
            if not target or floor_of(target) is None:
                continue
            # A contract header names what it speaks about (struct cpu, struct machine).
            if mine == 0 and floor_of(target) <= 2:
                continue
            if floor_of(target) > mine:
                findings.append("%s:%d: an include goes up: %s" % (f, n, m.group(1)))
    return findings


# A link of Markdown to a place in this tree.
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s#]*)(?:#([^)\s]*))?\)")


def prose(page):
    """The lines of a page with their numbers, without its blocks of code."""
    code = False
    for n, l in enumerate(read(page).split("\n"), 1):
        if l.startswith("```"):
            code = not code
        elif not code:
            yield n, l


def anchor(heading):
    """What a heading is called in links, as forges make it."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.lstrip("#")).strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def gate_links(_):
    """Every link leads somewhere, and a reader of README.md finds every page."""
    pages = tracked("*.md")
    anchors = {p: {anchor(l) for _, l in prose(p) if l.startswith("#")} for p in pages}
    leads = {p: set() for p in pages}
    findings = []
    for page in pages:
        for n, l in prose(page):
            for path, head in LINK.findall(l):
                to = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
                leads[page].add(to)
                if not os.path.exists(os.path.join(ROOT, to)):
                    findings.append("%s:%d: a link to %s, which is not there" % (page, n, path))
                elif head and head not in anchors.get(to, {head}):
                    findings.append("%s:%d: a link to a heading that %s has not: %s" % (page, n, to, head))
    reached, new = set(), {"README.md"}
    while new:
        reached |= new
        new = {t for p in new for t in leads.get(p, ())} - reached
    return findings + ["%s: no way of links from README.md leads there: name it in docs/README.md" % p
                       for p in pages if p not in reached]


# --- gates over the compile database ---------------------------------------------------------

def stands_alone(header):
    """False for the halves of contract headers (included by bulkhead/arch/) and for assembly."""
    name = os.path.basename(header)
    if "/asm/" in header and os.path.exists(os.path.join(ROOT, "include/bulkhead/arch", name)):
        return False
    return ".macro" not in read(header)


def gate_headers(paths):
    """Every header compiles on its own, twice."""
    db = database(paths)
    by_arch = {}
    for rel, (argv, cwd) in db.items():
        m = re.match(r"arch/(x86|arm64)/cpu/", rel)
        if m:
            by_arch.setdefault(m.group(1), (stripped(argv), cwd))
    if set(by_arch) != {"x86", "arm64"}:
        sys.exit("gate: headers: databases of both architectures are needed")
    jobs = []
    with tempfile.TemporaryDirectory() as tmp:
        for h in tracked("include/*.h", "arch/*.h", "core/*.h", "drivers/*.h", "lib/*.h"):
            m = re.match(r"arch/(x86|arm64|fake)/", h)
            if (m and m.group(1) == "fake") or h.startswith("lib/libc/") or not stands_alone(h):
                continue
            for arch in ([m.group(1)] if m else sorted(by_arch)):
                argv, cwd = by_arch[arch]
                probe = os.path.join(tmp, "%s-%s.c" % (arch, h.replace("/", "_")))
                with open(probe, "w", encoding="utf-8") as f:
                    full = os.path.join(ROOT, h)
                    f.write('#include "%s"\n#include "%s"\nextern int probe;\n' % (full, full))
                jobs.append((h, [*argv, "-Wno-unused", "-fsyntax-only", probe], cwd))
        return ["%s does not stand alone:\n%s" % (h, out)
                for h, status, out in run_many(jobs) if status]


def gate_fanalyzer(paths):
    db = database(paths)
    jobs = [(f, [*stripped(a), "-fanalyzer", "-c", os.path.join(ROOT, f), "-o", os.devnull], c)
            for f, (a, c) in sorted(db.items())]
    return ["%s:\n%s" % (f, out) for f, status, out in run_many(jobs) if status or "-Wanalyzer" in out]


def gate_tidy(paths):
    db = database(paths)
    tidy = tool("clang-tidy-19")
    # How far it follows the ways through a function: by itself three times as far, and as long.
    depth = [] if os.environ.get("SCOPE") == "full" else [
        "-Xclang", "-analyzer-config", "-Xclang", "max-nodes=75000"]
    jobs = [(f, [tidy, "--quiet", "--warnings-as-errors=*", os.path.join(ROOT, f), "--",
                 *stripped(a)[1:], *depth], c) for f, (a, c) in sorted(db.items())]
    findings = []
    for f, status, out in run_many(jobs):
        lines = [l.replace(ROOT + "/", "") for l in out.split("\n") if re.search(r": (warning|error):", l)]
        if status or lines:
            findings += lines or ["%s: %s" % (f, out.strip())]
    return findings


def gate_sparse(paths):
    db = database(paths)
    sparse = tool("sparse")
    keep = re.compile(r"-(I|D|U|include|isystem|std)")
    jobs = []
    for f, (a, c) in sorted(db.items()):
        argv, want = [], False
        for w in stripped(a)[1:]:
            if want or keep.match(w):
                argv.append(w)
                want = w in ("-I", "-D", "-U", "-include", "-isystem")
        arch = ["-D__aarch64__"] if any("aarch64" in w or "arch/arm64" in w for w in a) else []
        jobs.append((f, [sparse, "-Wno-decl", "-Wno-non-pointer-null", "-Wno-cast-truncate",
                         "-D__FILE_NAME__=__FILE__", "-m64", *arch, *argv,
                         os.path.join(ROOT, f)], c))
    findings = []
    for f, status, out in run_many(jobs):
        findings += [l.replace(ROOT + "/", "") for l in out.split("\n")
                     if re.search(r": (warning|error):", l)]
    return findings


def deviations():
    """docs/misra-deviations.txt: `rule  reason`, or `rule path-prefix  reason`."""
    out = []
    for line in read("docs/misra-deviations.txt").split("\n"):
        line = line.split("#", 1)[0].strip()
        if not line:
            continue
        words = line.split(None, 2)
        if len(words) > 2 and (words[1].endswith("/") or "." in words[1].rsplit("/", 1)[-1]
                               and "/" in words[1]):
            out.append((words[0], words[1]))
        else:
            out.append((words[0], ""))
    return out


def gate_misra(paths):
    db = database(paths)
    cppcheck = tool("cppcheck")
    excused = deviations()
    # Rules that are excused everywhere are not looked for at all.
    everywhere = sorted({r for r, p in excused if not p and r[0].isdigit()})
    jobs = []
    with tempfile.TemporaryDirectory() as tmp:
        addon = os.path.join(tmp, "misra.json")
        with open(addon, "w", encoding="utf-8") as out:
            json.dump({"script": "misra.py",
                       "args": ["--suppress-rules", ",".join(everywhere)]}, out)
        for i, (f, (a, c)) in enumerate(sorted(db.items())):
            words, keep = [], stripped(a)[1:]
            for n, w in enumerate(keep):
                if re.match(r"-(I|D|U)\S", w):
                    words.append(w)
                elif w == "-include":
                    words.append("--include=" + keep[n + 1])
            build = os.path.join(tmp, str(i))
            os.mkdir(build)
            jobs.append((f, [cppcheck, "--addon=" + addon, "--addon-python=" + sys.executable, "--quiet", "--std=c11", "--enable=style,warning,portability",
                             "--inline-suppr", "--suppress=missingIncludeSystem", "--platform=unix64",
                             # With a -D it tries the one configuration that was built.
                             "-D__STDC_HOSTED__=0", "-U__CHECKER__", "-U__clang__",
                             "--suppress=unusedFunction", "--suppress=unmatchedSuppression",
                             "--suppress=checkersReport", "--suppress=normalCheckLevelMaxBranches",
                             "--cppcheck-build-dir=" + build,
                             "--template={file}:{line}: {id}: {message}", *words,
                             os.path.join(ROOT, f)], c))
        findings = set()
        for _, _, out in run_many(jobs):
            for l in out.split("\n"):
                l = l.replace(ROOT + "/", "")
                m = re.match(r"([^:]+):(\d+): (\S+?): ", l)
                if not m or m.group(1).startswith(("/", "..")):
                    continue
                rule = m.group(3).replace("misra-c2012-", "")
                if not any(rule == r and m.group(1).startswith(p) for r, p in excused):
                    findings.add(l.replace("misra violation (use --rule-texts=<file> to get "
                                           "proper output)", "MISRA C:2012 rule " + rule))
        return sorted(findings)


GATES = {"format": gate_format, "style": gate_style, "floors": gate_floors,
         "links": gate_links,
         "headers": gate_headers, "fanalyzer": gate_fanalyzer, "tidy": gate_tidy,
         "sparse": gate_sparse, "misra": gate_misra}


def main():
    if len(sys.argv) < 2 or sys.argv[1] not in GATES:
        sys.exit(__doc__)
    findings = GATES[sys.argv[1]](sys.argv[2:])
    for f in findings:
        print(f)
    print("gate %s: %d findings" % (sys.argv[1], len(findings)))
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
