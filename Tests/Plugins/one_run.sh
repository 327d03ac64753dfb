#!/bin/bash
# One run in a daemon: usage: one_run.sh GILD GILCTL CONFIGURATION WORKLOAD
# Starts a daemon with the configuration and the workload in it, waits for the run's end and shuts the daemon down, if it is still alive. Prints
# the daemon's exit status and its log.
set -uo pipefail
gild=$1 gilctl=$2 configuration=$3 workload=$4
folder=$(mktemp -d)
export GILD_SOCKET=$folder/gild.sock NO_COLOR=1
daemon=
trap '[ -n "$daemon" ] && kill -KILL "$daemon" 2>/dev/null; rm -rf "$folder"' EXIT

ulimit -c 0
# Swift's own backtrace would follow the last record.
SWIFT_BACKTRACE=enable=no "$gild" serve --config "$configuration" --socket "$GILD_SOCKET" 2>"$folder/log" &
daemon=$!
for ((attempt = 0; attempt < 600; attempt++)); do
    "$gilctl" ping >/dev/null 2>&1 && break
    kill -0 "$daemon" 2>/dev/null || break
    sleep 0.05
done
"$gilctl" start "$workload" >/dev/null 2>&1
"$gilctl" wait "$workload" >/dev/null 2>&1
"$gilctl" shutdown >/dev/null 2>&1
wait "$daemon" 2>/dev/null
echo "ended with $?"
daemon=
cat "$folder/log"
