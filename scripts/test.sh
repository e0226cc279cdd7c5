#!/bin/sh
# Checks everything, stage by stage, and says how long each took. Fails if any stage fails, and names
# it; all stages run, so that one run tells all. What needs a network is fetched by cargo and npm, once
# by pip (scripts/check_{api,template,deployment}.py), and Chromium by apt-get where it is missing.
set -u
cd "$(dirname "$0")/.." || exit 1

begun=$(date +%s)
said=$(mktemp)
trap 'rm -f "$said" "$said".*' EXIT
: >"$said.failed"
missing=""
failed=""
times=""

lacks() {
    echo "missing: $1" >&2
    missing="yes"
}

# needs NAME VERSION OUTPUT: whether the tool is there (OUTPUT is what it says of itself) and new enough.
needs() {
    have=$(printf '%s\n' "$3" | sed -n 's/^[^0-9]*\([0-9][0-9]*\.[0-9][0-9]*\).*/\1/p' | head -n 1)
    if [ -z "$have" ]; then
        lacks "$1 $2 or newer"
    elif ! printf '%s %s\n' "$have" "$2" |
        awk '{ split($1, a, "."); split($2, b, "."); exit !(a[1] > b[1] || (a[1] == b[1] && a[2] + 0 >= b[2] + 0)) }'; then
        lacks "$1 $2 or newer (there is $have)"
    fi
}

there() {
    command -v "$1" >/dev/null 2>&1 || lacks "$1${2:+ ($2)}"
}

stage() {
    name=$1
    shift
    echo "== $name"
    started=$(date +%s)
    # What a stage said stands there again at the end if it failed: nobody should have to look for it
    # among what came after.
    { "$@" 2>&1; echo $? >"$said.code"; } | tee "$said"
    if [ "$(cat "$said.code")" = 0 ]; then
        outcome="ok"
    else
        outcome="FAILED"
        failed="$failed $name;"
        { echo; echo "== what \"$name\" said last"; tail -n 60 "$said"; } >>"$said.failed"
    fi
    seconds=$(($(date +%s) - started))
    line=$(printf '%-8s %5d s  %s' "$outcome" "$seconds" "$name")
    echo "$line"
    times="$times$line
"
}

tests() {
    if cargo nextest --version >/dev/null 2>&1; then
        cargo nextest run --workspace --no-fail-fast
    else
        cargo test --workspace --no-fail-fast --lib --bins --tests
    fi
}

documentation() {
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --lib --bins --examples
}

# The same stages for the screens, in their folder.
screens() {
    (cd frontend && npm run --silent "$@")
}

browser() {
    (cd frontend && CHROMIUM=$chromium npm run --silent browser)
}

openid_client() (
    cd tests/oidc && npm ci --no-audit --no-fund --loglevel=error && node --test
)

needs rustc 1.95 "$(rustc --version 2>/dev/null)"
needs cargo 1.95 "$(cargo --version 2>/dev/null)"
needs node 20.19 "$(node --version 2>/dev/null)"
there npm
needs python3 3.11 "$(python3 --version 2>/dev/null)"
there cc "a C compiler"
there curl
chromium=$(scripts/chromium.sh) || missing="yes"
python3 -c "import ensurepip, venv" 2>/dev/null || lacks "venv of python3 (Debian: python3-venv)"
cargo fmt --version >/dev/null 2>&1 || lacks "rustfmt (rustup component add rustfmt)"
cargo clippy --version >/dev/null 2>&1 || lacks "clippy (rustup component add clippy)"
if [ -e .git ]; then there git; fi
if [ -n "$missing" ]; then
    echo "make test cannot run without what is missing." >&2
    exit 1
fi

# Everything is compiled with one choice of features (the whole workspace, tests included), once.
stage "format" cargo fmt --all --check
stage "lints" cargo clippy --workspace --all-targets -- -D warnings
stage "build" cargo build --workspace --all-targets
stage "tests" tests
stage "the API is as its document says" scripts/check_api.py
stage "deployed to an emulated account" scripts/check_deployment.py
stage "sign-in by a certified client" openid_client
stage "the template for AWS" scripts/check_template.py
stage "packages of the screens" scripts/frontend.sh packages
stage "types of the screens" screens check
stage "unit tests of the screens" screens test
stage "build of the screens" scripts/frontend.sh
stage "size of the screens" screens budget
stage "browser tests" browser
stage "examples in the documentation" cargo test --workspace --doc
stage "documentation" documentation

echo
printf '%s' "$times"
echo "total    $(printf '%5d' $(($(date +%s) - begun))) s"
if [ -n "$failed" ]; then
    cat "$said.failed"
    echo "FAILED:${failed%;}" >&2
    exit 1
fi
