#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes and checks a configuration.

  kconfig.py --src SRC --out OUT defconfig      board's defconfig, configs/$CONF.conf, the test's
                                                prj.conf, $EXTRA_CONF_FILE -> OUT/.config, OUT/.settings
  kconfig.py --src SRC --out OUT ensure         the same if OUT has no configuration or another one
                                                is asked for; else nothing
  kconfig.py --src SRC --out OUT menuconfig     changes OUT/.config on the screen
  kconfig.py --src SRC --out OUT savedefconfig  OUT/.config -> OUT/defconfig, without defaults
  kconfig.py --src SRC --out OUT sync           OUT/.config -> OUT/include: autoconf.h for the
                                                compiler, auto.conf for make, a stamp file an option

Every warning of Kconfig is an error here, and so is a value that did not take.
"""
import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

import kconfiglib
from boards import BoardError, board_get

# Remembered in OUT/.settings, as assignments that make includes.
SETTINGS = ("BOARD", "BOARD_DIR", "BOARD_ROOT", "CONF", "EXTRA_CONF_FILE", "TEST_DIR")


def die(*lines):
    for line in lines:
        print(f"kconfig: error: {line}", file=sys.stderr)
    sys.exit(2)


def settings_read(out):
    path = out / ".settings"
    if not path.exists():
        return {}
    pairs = (line.partition(" := ") for line in path.read_text(encoding="utf-8").splitlines())
    return {name: value for name, _, value in pairs}


def settings_write(out, settings):
    text = "".join(f"{name} := {settings.get(name, '')}\n" for name in SETTINGS)
    path = out / ".settings"
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def paths(text):
    """Absolute paths of a list split at spaces and commas."""
    return [Path(os.path.abspath(p)) for p in re.split(r"[\s,]+", text) if p]


def settings_asked():
    """What the command line says, paths absolute. What it does not say is absent."""
    asked = {name: os.environ[name] for name in SETTINGS if os.environ.get(name)}
    if "EXTRA_CONF_FILE" in asked:
        asked["EXTRA_CONF_FILE"] = " ".join(map(str, paths(asked["EXTRA_CONF_FILE"])))
    if "TEST_DIR" in asked:
        asked["TEST_DIR"] = os.path.abspath(asked["TEST_DIR"])
    if "BOARD_ROOT" in asked:
        asked["BOARD_ROOT"] = ":".join(os.path.abspath(p)
                                       for p in re.split(r"[\s:]+", asked["BOARD_ROOT"]) if p)
    return asked


class Configuration:
    """The Kconfig tree of one output directory."""

    def __init__(self, src, out, settings):
        self.src, self.out, self.settings = src, out, settings
        self.dotconfig = out / ".config"
        os.environ["srctree"] = str(src)
        os.environ["KCONFIG_CONFIG"] = str(self.dotconfig)
        board, _, self.variant = settings["BOARD"].partition("/")
        os.environ["BOARD"] = board
        os.environ["BOARD_DIR"] = settings["BOARD_DIR"]
        os.environ["TEST_DIR"] = settings.get("TEST_DIR", "") or os.devnull
        try:
            self.kconf = kconfiglib.Kconfig("Kconfig", warn_to_stderr=False)
        except kconfiglib.KconfigError as err:
            die(*str(err).strip().splitlines())
        self.kconf.warn_assign_undef = True
        self.kconf.warn_assign_override = False  # a later fragment may override an earlier one
        self.kconf.warn_assign_redun = False

    def load(self, files):
        for i, path in enumerate(files):
            if not path.exists():
                die(f"no such file: {path}")
            self.kconf.load_config(str(path), replace=(i == 0))

    def problems(self):
        """What Kconfig warned about, with what to do."""
        for text in self.kconf.warnings:
            text = text.replace("warning: ", "").replace(str(self.src) + "/", "")
            match = re.search(r"undefined symbol (\w+)", text)
            hint = ""
            if match:
                hint = f": no such option; 'make menuconfig' and / search for one like {match[1]}"
            yield text.strip() + hint

    def not_taken(self):
        """Values that were given and did not take: unmet dependency, range, no prompt, choice."""
        for sym in self.kconf.unique_defined_syms:
            if sym.user_value is None or sym.choice:
                continue
            is_bool = sym.type in (kconfiglib.BOOL, kconfiglib.TRISTATE)
            want = kconfiglib.TRI_TO_STR[sym.user_value] if is_bool else sym.user_value
            have = sym.str_value
            if want == have or (sym.type == kconfiglib.HEX and have and int(want, 16) == int(have, 16)):
                continue
            yield f"{sym.name}: assigned '{want}' but has the value '{have}': " + self.why(sym)
        for choice in self.kconf.unique_choices:
            asked, got = choice.user_selection, choice.selection
            if asked and asked is not got:
                yield (f"{asked.name} was chosen but {got.name if got else 'nothing'} is selected: "
                       f"it depends on {kconfiglib.expr_str(asked.direct_dep)}")

    def why(self, sym):
        if not any(node.prompt for node in sym.nodes):
            return "it has no prompt: other options set it"
        if kconfiglib.expr_value(sym.direct_dep) == 0:
            return f"it depends on {kconfiglib.expr_str(sym.direct_dep)}: set that too"
        if sym.ranges:
            low, high, _ = sym.ranges[0]
            return f"it must be in the range {low.str_value}..{high.str_value}"
        return "another option selects or overrides it"

    def check(self, values=False):
        errors = list(self.problems()) + (list(self.not_taken()) if values else [])
        if errors:
            die(*errors)

    def defconfig(self, fragments):
        self.load(fragments)
        self.check(values=True)
        self.kconf.write_config(str(self.dotconfig))

    def savedefconfig(self):
        self.load([self.dotconfig])
        self.check()
        print(self.kconf.write_min_config(str(self.out / "defconfig")))

    def sync(self):
        self.load([self.dotconfig])
        self.check(values=True)
        inc = self.out / "include"
        (inc / "generated").mkdir(parents=True, exist_ok=True)
        self.kconf.sync_deps(str(inc / "config"))
        self.kconf.write_autoconf(str(inc / "generated" / "autoconf.h"))
        files = sorted({os.path.join(self.src, name) for name in self.kconf.kconfig_filenames})
        (inc / "config" / "kconfig.d").write_text(f"KCONFIG_FILES := {' '.join(files)}\n",
                                                  encoding="utf-8")


def resolve(src, settings):
    """Adds the board's folder; returns the fragments to merge, first to last."""
    if not settings.get("BOARD"):
        die("no board: say BOARD=<board>; 'make boards' lists them")
    try:
        board, variant = board_get(src, settings.get("BOARD_ROOT"), settings["BOARD"])
    except BoardError as err:
        die(str(err))
    settings["BOARD_DIR"] = str(board.folder)
    settings.setdefault("CONF", "default")
    conf = src / "configs" / f"{settings['CONF']}.conf"
    if not conf.exists():
        names = sorted(p.stem for p in (src / "configs").glob("*.conf"))
        die(f"CONF={settings['CONF']}: no such fragment; there are: {', '.join(names)}")
    fragments = [*board.defconfigs(variant), conf]
    if settings.get("TEST_DIR"):
        prj = Path(settings["TEST_DIR"]) / "prj.conf"
        if not Path(settings["TEST_DIR"]).is_dir():
            die(f"TEST_DIR={settings['TEST_DIR']}: no such folder")
        if prj.exists():
            fragments.append(prj)
    return fragments + paths(settings.get("EXTRA_CONF_FILE", ""))


def defconfig(src, out, settings):
    fragments = resolve(src, settings)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        die(f"O={out} cannot be made: {err.strerror}")
    Configuration(src, out, settings).defconfig(fragments)
    settings_write(out, settings)
    names = ", ".join(os.path.relpath(f, src) if src in f.parents else str(f) for f in fragments)
    print(f"{settings['BOARD']}: configuration from {names}")


def ensure(src, out):
    """Leaves what is configured alone unless the command line asks for something else."""
    have, asked = settings_read(out), settings_asked()
    same = all(have.get(name) == value for name, value in asked.items())
    if not (have and (out / ".config").exists() and same):
        keep = {} if asked.get("BOARD", have.get("BOARD")) != have.get("BOARD") else have
        defconfig(src, out, {"BOARD": "qemu_virt_arm64", **keep, **asked})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--src", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("command", choices=("defconfig", "ensure", "menuconfig", "savedefconfig", "sync"))
    args = parser.parse_args()
    src, out = args.src, args.out
    if args.command == "defconfig":
        return defconfig(src, out, settings_asked())
    if args.command == "ensure":
        return ensure(src, out)
    settings = settings_read(out)
    if not settings or not (out / ".config").exists():
        die(f"no configuration in {out}: make BOARD=<board> O={out} defconfig")
    conf = Configuration(src, out, settings)
    if args.command == "menuconfig":
        return subprocess.run([sys.executable, "-m", "menuconfig", "Kconfig"], cwd=src, check=True)
    return {"savedefconfig": conf.savedefconfig, "sync": conf.sync}[args.command]()


if __name__ == "__main__":
    main()
