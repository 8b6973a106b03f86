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
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
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
# Of these, what runs once for a registry, or seldom: optimising it takes long and gains nothing.
UNOPTIMISED = {
    "backends": "control_sets disk_hives earlier enforced_node history_location hive_places"
    " hive_replacement home home_locks initial_keys initial_rights maintenance memory_registry"
    " output_files own_hives places saved_tree shell_folders stepwise unwritable_hives"
    " volatile_folder windows_disk live/* remote/* wine/*",
    "engine": "boot create file_names file_opening foreign_files group_file group_record"
    " missing_header old_wal opening rebuild record_lock recover reread salvage senseless_sizes"
    " wait_messages",
    "history": "background backwards comparison folder inverse kept_commits last_file look_step"
    " name_changes notebook notes undo_order",
    "registry": "opening",
    "watching": "joined_places looks missed open_subscriptions positions waker",
}
# Calls inside a part may be inlined, so those come together that call each other most.
TOGETHER = ("regf", "engine", "history", "backends", "watching", "registry", "winapi", "formats")
PARTS = {"optimised": 4, "unoptimised": 3}
GROUP = "anyreg"
# Of gcc's -O2 what makes a difference here, at no cost of time; and half the memory.
INLINED = ("-finline-small-functions", "-findirect-inlining")
SMALL = ("--param=ggc-min-expand=25", "--param=ggc-min-heapsize=131072")
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
        one_by_one, is_posix = self.compiler.compile, os.name == "posix"

        def in_parallel(sources: list[str], **options: Any) -> list[str]:
            def compiled(source: str) -> list[str]:
                more = ["-O0"] if Path(source).name.startswith("unoptimised") else []
                flags = [*(options.get("extra_postargs") or []), *(more if is_posix else [])]
                return one_by_one([source], **{**options, "extra_postargs": flags})

            with ThreadPoolExecutor(os.cpu_count()) as threads:
                return [name for names in threads.map(compiled, sources) for name in names]

        self.compiler.compile = in_parallel
        super().build_extensions()


def tell_plain(reason: object) -> None:
    print(f"anyreg: not compiled ({reason}): installing plain Python", file=sys.stderr)


def translated(files: list[str]) -> list[Extension]:
    """The modules as C, made in a process whose memory is free again when they are compiled."""
    from mypyc.build import mypycify

    options = {"opt_level": "1", "debug_level": "0", "group_name": GROUP, "multi_file": True}
    arguments = ["--config-file", "pyproject.toml", *files]
    if os.name != "posix":
        return mypycify(arguments, **options)
    with ProcessPoolExecutor(1, get_context("fork")) as process:
        return process.submit(mypycify, arguments, **options).result()


def extensions() -> list[Extension]:
    """The core translated to C, or nothing where this build is to be plain."""
    editable = "editable_wheel" in sys.argv
    asked = editable or any(command in sys.argv for command in COMPILING)
    if WANTED == "never" or not asked or (editable and WANTED == "auto"):
        return []
    files = sorted({path.as_posix() for pattern in COMPILED for path in PACKAGE.glob(pattern)})
    try:
        modules = translated(files)
    except (Exception, SystemExit) as problem:  # mypycify exits when it finds a type error
        if WANTED == "always":
            raise
        tell_plain(f"mypyc: {problem}")
        return []
    for module in modules:
        # What a compiler warns of in C that a program wrote must not stop a build, and looking for
        # it takes half the time.
        options = [option for option in module.extra_compile_args if option != "-Werror"]
        if os.name == "posix":
            options += ["-w", "-Wno-all", "-fvisibility=hidden", *INLINED, *SMALL]
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

    unoptimised = {
        path
        for room, names in UNOPTIMISED.items()
        for name in names.split()
        for path in (PACKAGE / room).glob(f"{name}.py")
    }

    def neighbours(c_file: Path) -> tuple[int, str]:
        source = generated.get(c_file.name, PACKAGE)
        room = source.relative_to(PACKAGE).parts[:1]
        return TOGETHER.index(room[0]) if room and room[0] in TOGETHER else 0, c_file.name

    def level(c_file: Path) -> str:
        """What makes the modules, which runs once, has no source."""
        is_once = c_file.name == f"__native_{GROUP}.c" or generated.get(c_file.name) in unoptimised
        return "unoptimised" if is_once else "optimised"

    found = []
    for name, count in PARTS.items():
        files = sorted((file for file in c_files if level(file) == name), key=neighbours)
        found += generated_c.parts(files, c_files[0].parent / name, count)
    return found


setup(ext_modules=extensions(), cmdclass={"build": FreshBuild, "build_ext": AllOrNothing})
