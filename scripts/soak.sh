#!/bin/sh
# Repeats the chaos test, and the one of rebuilds under operators and crashes (REBUILD_SCHEDULES, 100). SCHEDULES says how many schedules (100,000 when not said), SEED where they
# begin; with SOAK_SECONDS it goes on with new seeds until the time is over. A failure prints its seed.
set -eu
cd "$(dirname "$0")/.."

# The test's name, or the beginning of it.
TEST="chaos::views_equal_the_log"

once() {
    cargo test --workspace --test tests -- "$TEST" --nocapture
    cargo test --workspace --test tests -- rebuild::chance --nocapture
}
export REBUILD_SCHEDULES="${REBUILD_SCHEDULES:-100}"

# A rebuild that is broken off at each of its calls, where `make test` tries every fifth.
REBUILD_STRIDE=1 cargo test --workspace --test tests -- rebuild::steps

if [ -z "${SOAK_SECONDS:-}" ]; then
    export SCHEDULES="${SCHEDULES:-100000}"
    once
    exit
fi
export SCHEDULES="${SCHEDULES:-1000}"
until=$(($(date +%s) + SOAK_SECONDS))
while [ "$(date +%s)" -lt "$until" ]; do
    SEED=$(od -An -N6 -tu8 /dev/urandom | tr -d ' ')
    export SEED
    echo "SEED=$SEED SCHEDULES=$SCHEDULES"
    once
done
