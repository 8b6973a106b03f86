# What .ci/run and .ci/long share; both stand in the project's folder when they read it.
export DEBIAN_FRONTEND=noninteractive PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
unset ANYREG_COMPILE ANYREG_EXPECT ANYREG_SHARE ANYREG_SEED
COMPILED=.venv PLAIN=.venv-plain
# Where the form makes a difference: the format, the engine, crashes.
CORE=(
    tests/regf tests/engine tests/history tests/watching tests/crash tests/registry/test_journal.py
    tests/agree/test_random_edits.py tests/backends/test_stepwise.py
)
# Of these, what coverage makes slow and adds nothing to: it runs plain without.
UNCOVERED=(tests/crash/test_{power,chains}.py tests/watching/test_ends.py)

headline() { printf '\n== %s (%d s)\n' "$1" "$SECONDS"; }

# What Debian has and the package index has not: hivex with its Perl tools, Samba's registry tools
# and its server, shells to complete commands in, and a compiler if there is none.
system_packages() {
    headline "system packages"
    local wanted=(libhivex-bin python3-hivex libwin-hivex-perl registry-tools python3-samba zsh fish)
    wanted+=(samba samba-common-bin samba-testsuite libfuse2)
    command -v cc >/dev/null || wanted+=(gcc libc6-dev python3-dev)
    if dpkg -s "${wanted[@]}" >/dev/null 2>&1; then
        return
    fi
    if ! { apt-get update -qq && apt-get install -qq -y "${wanted[@]}" >/dev/null; }; then
        echo "cannot install ${wanted[*]}: what needs them is skipped, or fails to compile"
    fi
}

# Wine, and a genuine Windows Python for it: what winreg is compared with. With them the comparison
# must run.
windows() {
    headline "Wine with a Windows Python"
    if ! dpkg -s wine wine64 >/dev/null 2>&1; then
        apt-get update -qq && apt-get install -qq -y --no-install-recommends wine wine64 >/dev/null
    fi
    "$COMPILED/bin/python" tests/live/wine.py
    export ANYREG_EXPECT_WINE=1
}

# A KDC, and what Kerberos needs, which is compiled from C for minutes. With them its tests must run.
kerberos() {
    headline "Kerberos with a KDC"
    local wanted=(krb5-kdc krb5-user libkrb5-dev gcc libc6-dev python3-dev)
    if ! dpkg -s "${wanted[@]}" >/dev/null 2>&1; then
        apt-get update -qq && apt-get install -qq -y "${wanted[@]}" >/dev/null
    fi
    add_extra "$COMPILED" kerberos
    ANYREG_EXPECT_KDC=1 tests "$COMPILED" tests/remote/test_kerberos.py
}

# The packages of an extra, without anyreg itself: installing that again would compile it again.
extra() {
    python3 - "$1" <<'PYTHON'
import sys, tomllib
with open("pyproject.toml", "rb") as file:
    print(*tomllib.load(file)["project"]["optional-dependencies"][sys.argv[1]], sep="\n")
PYTHON
}

add_extra() { # VENV EXTRA
    extra "$2" >"$1/$2.txt"
    "$1/bin/pip" install -q -r "$1/$2.txt"
}

# pytest, where that nothing was selected is no failure (exit status 5).
tests() { # VENV ARGUMENTS...
    local status=0
    "$1/bin/pytest" -q --durations=10 "${@:2}" || status=$?
    [ "$status" -eq 5 ] && echo "no test was selected" && return
    return "$status"
}

# What needs no tests, and one core: it goes on behind what does, and plain_core waits for it.
in_background() {
    BACKGROUND_LOG=$PWD/$COMPILED/background.txt
    (
        plain_install
        lint_types_docs
    ) >"$BACKGROUND_LOG" 2>&1 &
    BACKGROUND=$!
}

wait_for_background() {
    local status=0
    wait "$BACKGROUND" || status=$?
    cat "$BACKGROUND_LOG"
    return "$status"
}

# The README's test command, then what it had to skip for want of the oracles and of Wine.
compiled_quick() {
    headline "the README's test command, compiled"
    rm -rf "$COMPILED" build
    export ANYREG_COMPILE=always ANYREG_EXPECT=compiled
    local skipped=$PWD/$COMPILED/skipped.txt
    # Where Wine is there already, its tests come later all the same: by files they share a server.
    export ANYREG_SKIPPED=$skipped ANYREG_WINE=$PWD/$COMPILED/none
    python3 -m venv .venv && .venv/bin/pip install -q ".[cli,test]" && .venv/bin/pytest -q -n auto
    mapfile -t SKIPPED <"$skipped"
    unset ANYREG_SKIPPED ANYREG_WINE
    in_background
    windows
    headline "compiled, what had to be skipped without the oracles"
    add_extra "$COMPILED" oracles
    add_extra "$COMPILED" remote
    add_extra "$COMPILED" keyring
    export ANYREG_EXPECT_SMBD=1
    # A file stays with one worker, as Wine runs all the cases of one in one go.
    tests "$COMPILED" -m "not long" -n auto --dist loadfile tests/benchmarks "${SKIPPED[@]}"
}

plain_install() {
    headline "plain: install"
    rm -rf "$PLAIN" build
    export ANYREG_COMPILE=never ANYREG_EXPECT=plain
    python3 -m venv "$PLAIN"
    "$PLAIN/bin/pip" install -q ".[cli,test]"
    add_extra "$PLAIN" oracles
    add_extra "$PLAIN" remote
    add_extra "$PLAIN" keyring
    add_extra "$PLAIN" dev
    add_extra "$PLAIN" docs
}

lint_types_docs() {
    headline "lint"
    "$PLAIN/bin/ruff" check .
    "$PLAIN/bin/ruff" format --check .
    headline "types"
    "$PLAIN/bin/mypy" --strict src tests tools
    "$PLAIN/bin/mypy" --strict benchmarks
    headline "docs"
    local site
    site=$(mktemp -d)
    NO_MKDOCS_2_WARNING=1 "$PLAIN/bin/mkdocs" build --strict -q -d "$site"
    rm -r "$site"
}

# Coverage slows a run down several times: it is taken where the format and the engine are tested.
# The plugin would have imported the package before anything is measured.
plain_core() {
    wait_for_background
    export ANYREG_EXPECT=plain
    headline "plain, with coverage of the format and the engine"
    tests "$PLAIN" -p no:anyreg -m "not long" -n auto --cov --cov-report=term \
        "${CORE[@]}" "${UNCOVERED[@]/#/--ignore=}"
}
