#!/bin/sh
# Prints where Chromium is, for the browser tests. CHROMIUM= names another. Where there is none and this is
# a Debian or its like, it is installed; everything that installing says goes to stderr.
set -eu

found() {
    for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
        if [ -n "$name" ] && command -v "$name"; then return; fi
    done
    return 1
}

if found; then exit 0; fi
if [ -n "${CHROMIUM:-}" ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "missing: Chromium (name it with CHROMIUM=)" >&2
    exit 1
fi
as_root=""
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "missing: Chromium (as root: apt-get install chromium; or name it with CHROMIUM=)" >&2
        exit 1
    fi
    as_root=sudo
fi
export DEBIAN_FRONTEND=noninteractive
# A page without any font has no size, so one is installed with it.
{
    $as_root apt-get update &&
        $as_root apt-get install --yes --no-install-recommends chromium fonts-liberation
} >&2 || {
    echo "missing: Chromium, and apt-get could not install it" >&2
    exit 1
}
found || {
    echo "missing: Chromium, although apt-get has installed it" >&2
    exit 1
}
