#!/bin/sh
# Builds the screens into frontend/dist, but only what must be: packages when package-lock.json has
# changed, the build when a source has. Says nothing when there is nothing to do, fails with 2 when
# Node is missing. `scripts/frontend.sh packages` stops before the build.
set -eu
cd "$(dirname "$0")/../frontend"

if ! command -v npm >/dev/null 2>&1 ||
    ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' 2>/dev/null; then
    echo "The screens cannot be built: that needs Node 20.19 or newer with npm (there is $(node --version 2>/dev/null || echo none))." >&2
    exit 2
fi

# fingerprint PATH...: the names and contents of the files below, tests left out; what changed can be told
# from it.
fingerprint() {
    find "$@" -type f ! -name '*.test.*' -exec cksum {} + | LC_ALL=C sort -k 3
}

# Written last, so that what was interrupted is done again.
packages=node_modules/.installed-from
wanted=$(fingerprint package.json package-lock.json .npmrc)
if [ "$wanted" != "$(cat "$packages" 2>/dev/null)" ]; then
    echo "installing the packages of the screens"
    npm ci --no-audit --no-fund --loglevel=error
    printf '%s\n' "$wanted" >"$packages"
fi
if [ "${1:-}" = packages ]; then exit 0; fi

build=dist/.built-from
wanted=$(fingerprint src public index.html vite.config.mts tsconfig.json package-lock.json ../docs/openapi.json)
if [ "$wanted" != "$(cat "$build" 2>/dev/null)" ]; then
    echo "building the screens"
    npm run --silent build -- --logLevel warn
    # For those who take it, as CloudFront would do by itself.
    find dist/assets -type f \( -name '*.js' -o -name '*.css' -o -name '*.svg' \) -exec gzip -9 -k -n -f {} +
    printf '%s\n' "$wanted" >"$build"
fi
