#!/bin/bash
# The sample plugins in a daemon: usage: daemon.sh GILD GILCTL PLUGINS REGIME
# Every workload of examples/plugins/workloads.yaml runs to its end under the regime; then a plugin is unloaded and loaded again. Prints a line
# for each step; the last one is "done".
set -euo pipefail
gild=$1 gilctl=$2 plugins=$3 regime=$4
. "$(dirname "$0")/with_daemon.sh"

cp examples/plugins/*.py "$folder"
{
    sed "s|PLUGINS|$plugins|" examples/plugins/workloads.yaml
    printf 'runtimes: {main: {regime: %s}}\n' "$regime"
} >"$folder/gild.yaml"
"$gild" check "$folder/gild.yaml" && echo checked
start_daemon "$folder/gild.yaml" || { cat "$folder/log"; exit 1; }

for workload in hash matrix turns echo; do
    ctl start "$workload" >/dev/null
    status=0
    ctl wait "$workload" >/dev/null || status=$?
    echo "$workload ended with $status"
done
ctl plugin list --json >"$folder/list"
grep -o '"name": *"round_trips"[^}]*"value": *[0-9]*\|"value": *[0-9]*[^}]*"name": *"round_trips"' "$folder/list" | grep -o '[0-9]\{2,\}' | sed 's/^/round trips: /'
# Objects of a script that is still running keep a plugin loaded.
printf 'name: holder\nsource: |\n  import matrix\n  import time\n  a = matrix.filled(2, 1.0)\n  print("holding", flush=True)\n  time.sleep(1000)\n' \
    >"$folder/holder.yaml"
ctl submit "$folder/holder.yaml" >/dev/null
for ((attempt = 0; attempt < 600; attempt++)); do
    if ctl logs holder 2>/dev/null | grep -q holding; then break; fi
    sleep 0.1
done
ctl plugin unload matrix --wait 100ms >/dev/null 2>&1 || echo "matrix is in use"
ctl stop holder >/dev/null
ctl wait holder >/dev/null 2>&1 || true
ctl plugin unload matrix && ctl plugin load "$plugins/matrix.so"
ctl plugin unload no_such 2>&1 || true
ctl plugin load "$plugins/hash.so" 2>&1 | grep -o 'loaded already' || true
ctl start matrix >/dev/null && ctl wait matrix >/dev/null && echo "matrix ran again"
# A workload that would run for ever is told to stop.
printf 'name: endless\nplugin: channel_bench/turns\nthreads: 2\nparameters: {turns: "1000000000"}\n' >"$folder/endless.yaml"
ctl submit "$folder/endless.yaml" >/dev/null
sleep 0.3
ctl stop endless >/dev/null && echo "endless was stopped"
ctl shutdown >/dev/null
wait "$daemon"
daemon=
echo done
