"""Compile the core with mypyc, or install the same files as plain Python.

All or nothing: either every module of COMPILED that exists is compiled, or none is, so that there
are two forms of the package to test and not a hundred. ANYREG_COMPILE chooses:

auto    (default) compile; where that fails, say why and go on plain
never   plain, in a wheel for every platform
always  compile or fail: for CI and for released wheels

An editable install is plain unless `always`: a stale extension would win over an edited file.

mypyc makes one C file for each module. They get the docstrings, and are compiled as a few files, in
parallel (tools/generated_c.py).
"""

import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from setuptools import Extension, setup
from setuptools.command.build import build
from setuptools.command.build_ext import build_ext

sys.path.insert(0, str(Path(__file__).parent / "tools"))
import generated_c

PACKAGE = Path("src/anyreg")  # relative: tracebacks of compiled code show it
COMPILED = (
    "regf/**/*.py",
    "engine/**/*.py",
    "history/**/*.py",
    "facts.py",
    "file_systems.py",
    "names.py",
    "new_keys.py",
    "paths.py",
    "problems.py",
    "times.py",
    "values.py",
    "backends/*.py",
    "backends/namespace/*.py",
    "backends/live/node.py",
    "backends/remote/node.py",
    "backends/wine/*.py",
    "watching/**/*.py",
    "registry/key_handle.py",
    "registry/key_values.py",
    "registry/key_tree.py",
    "registry/secured_key.py",
    "registry/key.py",
    "registry/registry.py",
    "registry/opening.py",
    "registry/transaction.py",
    "registry/mappings.py",
    "registry/search.py",
    "registry/walk.py",
    "registry/current_registry.py",
    "registry/apply.py",
    "registry/pending.py",
    "formats/regfile/hex_data.py",
    "formats/regfile/lines.py",
    "formats/regfile/reader.py",
    "formats/regfile/quoted_text.py",
    "formats/regfile/fast_reader.py",
    "formats/wine/*.py",
    "formats/instructions.py",
    "formats/prefix.py",
    "winapi/arguments.py",
    "winapi/calls.py",
    "winapi/conversions.py",
    "winapi/handles.py",
    "winapi/keys.py",
    "winapi/values.py",
)
# Calls inside a part may be inlined, so those come together that call each other most.
TOGETHER = ("regf", "engine", "history", "backends", "watching", "registry", "winapi", "formats")
PARTS = 6
GROUP = "anyreg"
WANTED = os.environ.get("ANYREG_COMPILE", "auto")
COMPILING = ("bdist_wheel", "build", "build_ext", "install")
if WANTED not in ("auto", "never", "always"):
    sys.exit(f"ANYREG_COMPILE={WANTED}: expected auto, never or always")


class FreshBuild(build):
    """Build into an empty folder: what an earlier build left there would be packed too."""

    def run(self) -> None:
        shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()


class AllOrNothing(build_ext):
    """Compile every module, in parallel; in auto mode drop them all when one cannot be compiled."""

    def run(self) -> None:
        try:
            super().run()
        except Exception as problem:  # no compiler, or one that fails
            if WANTED == "always":
                raise
            tell_plain(problem)
            for extension in self.extensions:
                Path(self.get_ext_fullpath(extension.name)).unlink(missing_ok=True)
            self.extensions = self.distribution.ext_modules = []

    def finalize_options(self) -> None:
        super().finalize_options()
        self.parallel = self.parallel or os.cpu_count()  # extensions, and below the parts of one

    def build_extensions(self) -> None:
        one_by_one = self.compiler.compile

        def in_parallel(sources: list[str], **options: Any) -> list[str]:
            with ThreadPoolExecutor(os.cpu_count()) as threads:
                compiled = threads.map(lambda source: one_by_one([source], **options), sources)
                return [name for names in compiled for name in names]

        self.compiler.compile = in_parallel
        super().build_extensions()


def tell_plain(reason: object) -> None:
    print(f"anyreg: not compiled ({reason}): installing plain Python", file=sys.stderr)


def extensions() -> list[Extension]:
    """The core translated to C, or nothing where this build is to be plain."""
    editable = "editable_wheel" in sys.argv
    asked = editable or any(command in sys.argv for command in COMPILING)
    if WANTED == "never" or not asked or (editable and WANTED == "auto"):
        return []
    files = sorted({path.as_posix() for pattern in COMPILED for path in PACKAGE.glob(pattern)})
    try:
        from mypyc.build import mypycify

        modules: list[Extension] = mypycify(
            ["--config-file", "pyproject.toml", *files],
            opt_level="3",
            debug_level="0",
            group_name=GROUP,
            multi_file=True,
        )
    except (Exception, SystemExit) as problem:  # mypycify exits when it finds a type error
        if WANTED == "always":
            raise
        tell_plain(f"mypyc: {problem}")
        return []
    for module in modules:
        # What a compiler warns of in C that a program wrote must not stop a build, and looking for
        # it takes half the time.
        options = [option for option in module.extra_compile_args if option != "-Werror"]
        if os.name == "posix":  # what nothing outside can replace is inlined
            options += ["-w", "-Wno-all", "-fvisibility=hidden"]
        module.extra_compile_args = options
        if len(module.sources) > 1:  # the one that holds all code; the others only hand it out
            module.sources = compiled_in_parts([Path(source) for source in module.sources], files)
    return modules


def compiled_in_parts(c_files: list[Path], sources: list[str]) -> list[str]:
    """Give the generated C its docstrings, and gather it in a few files to be compiled."""
    generated = {generated_c.name_of(PACKAGE, GROUP, Path(file)): Path(file) for file in sources}
    for c_file in c_files:
        if c_file.name in generated:
            generated_c.document(c_file, generated[c_file.name])
            generated_c.mend(c_file)

    def neighbours(c_file: Path) -> tuple[int, str]:
        source = generated.get(c_file.name, PACKAGE)
        room = source.relative_to(PACKAGE).parts[:1]
        return TOGETHER.index(room[0]) if room and room[0] in TOGETHER else 0, c_file.name

    return generated_c.parts(sorted(c_files, key=neighbours), c_files[0].parent, PARTS)


setup(ext_modules=extensions(), cmdclass={"build": FreshBuild, "build_ext": AllOrNothing})
