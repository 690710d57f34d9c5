# SPDX-License-Identifier: Apache-2.0
"""What becomes of a board under a system, as text; from the report of manifest-check."""


def size(n):
    """A size as people say it."""
    for shift, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if n >= 1 << shift:
            value = n / (1 << shift)
            return f"{value:.0f} {unit}" if value == int(value) else f"{value:.1f} {unit}"
    return f"{n} B"


def span(base, length):
    return f"0x{base:09x} to 0x{base + length - 1:09x}"


def numbers(values):
    """[0, 1, 2, 5] -> '0-2, 5'."""
    runs = []
    for n in sorted(values):
        if runs and n == runs[-1][1] + 1:
            runs[-1][1] = n
        else:
            runs.append([n, n])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def partition_names(report, mask):
    return ", ".join(p["name"] for i, p in enumerate(report["partitions"]) if mask >> i & 1)


def placed(report):
    """Everything in RAM: (base, size, owner, what), ascending."""
    out = [(base, length, "Bulkhead", "itself and its tables, at least; reserved by firmware")
           for base, length in report["reserved"]]
    for p in report["partitions"]:
        for m in p["memory"]:
            out.append((m["hpa"], m["size"], p["name"],
                        f"memory, seen at 0x{m['gpa']:x}{', fixed place' if m['fixed'] else ''}"))
    for r in report["regions"]:
        users = [p["name"] for p in report["partitions"]
                 if any(s["region"] == r["name"] for s in p["shared"])]
        out.append((r["hpa"], r["size"], "shared",
                    f"{r['name']}: {' and '.join(users) or 'nobody'}"))
    out += [(base, length, "free", "") for base, length in report["free"]]
    return sorted(out)


def paths(found):
    """Devices in one line; of more than two of one kind only the first is named."""
    kinds = {}
    for path in found:
        kinds.setdefault(path.split("@")[0], []).append(path)
    return ", ".join(f"{all_[0]} and {len(all_) - 1} like it" if len(all_) > 2 else ", ".join(all_)
                     for all_ in kinds.values())


def owned_cpus(report):
    owners = {}
    for p in report["partitions"]:
        for cpu in p["cpus"]:
            owners.setdefault(cpu, []).append(p["name"])
    return ["/".join(owners.get(cpu, ["nobody"])) for cpu in range(report["board_cpus"])]


def schedule_lines(report, s):
    """A line for each mode: CPUs, windows, major frame."""
    cpus = numbers([i for i in range(64) if s["cpus"] >> i & 1])
    for mode in ("normal", "degraded"):
        if s[mode]:
            windows = ", ".join(f"{report['partitions'][p]['name'] if p >= 0 else 'nobody'} {us} us"
                                for p, us in s[mode])
            yield (f"schedule {s['name']}: CPU {cpus}{', degraded' if mode == 'degraded' else ''}: "
                   f"{windows}; again after {sum(us for _, us in s[mode])} us")


def partition_lines(report, p):
    yield f"partition {p['name']}"
    yield f"  CPUs        {numbers(p['cpus'])}"
    for m in p["memory"]:
        yield f"  memory      {span(m['gpa'], m['size'])}  {size(m['size'])}"
    for s in p["shared"]:
        yield f"  shared      {span(s['gpa'], s['size'])}  {size(s['size'])}  {s['region']}, {s['rights']}"
    for d in p["devices"]:
        irqs = f"  interrupts {numbers(d['interrupts'])}" if d["interrupts"] else ""
        dma = {"none": "", "IOMMU": "  DMA through the IOMMU",
               "unprotected": "  UNPROTECTED DMA"}[d["dma"]]
        for i, (base, length) in enumerate(d["ranges"]):
            yield f"  device      {span(base, length)}  {d['path']}{irqs if i == 0 else ''}{dma if i == 0 else ''}"
    for first, last in p["ports"]:
        yield f"  ports       0x{first:x} to 0x{last:x}"
    yield f"  starts with {p['kernel']} ({p['type']})" + (", with a console" if p["console"] else "")
    if p["after"]:
        yield f"  after       {partition_names(report, p['after'])}"
    if p["manages"]:
        yield f"  manages     {partition_names(report, p['manages'])}"
    yield (f"  quota       {p['tables']} tables for the finest split, "
           f"{size(p['tables'] * report['table_bytes'])}")


def text(report):
    lines = [f"system {report['name'] or 'without a model'} on board {report['board']}", ""]
    for p in report["partitions"]:
        lines += [*partition_lines(report, p), ""]
    for c in report["channels"]:
        a, b = (report["partitions"][i]["name"] for i in c["ends"])
        lines.append(f"channel {c['name']}: {a} (interrupt {c['interrupts'][0]}) - "
                     f"{b} (interrupt {c['interrupts'][1]})")
    for s in report["schedules"]:
        lines += schedule_lines(report, s)
    if report["channels"] or report["schedules"]:
        lines.append("")
    lines.append("RAM, as it will be if Bulkhead takes no more than that")
    for base, length, owner, what in placed(report):
        lines.append(f"  {span(base, length)}  {size(length):>9}  {owner:<12} {what}".rstrip())
    lines += ["", "CPUs         " + ", ".join(f"{i} {o}" for i, o in enumerate(owned_cpus(report)))]
    if report["own"]:
        lines.append("Bulkhead has " + paths(report["own"]))
    lines.append("nobody has   " + (paths(report["unowned"]) or "no device"))
    return "\n".join(lines)
