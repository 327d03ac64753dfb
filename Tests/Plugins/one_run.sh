#!/bin/bash
# One run in a daemon: usage: one_run.sh GILD GILCTL CONFIGURATION WORKLOAD
# Starts a daemon with the configuration and the workload in it, waits for the run's end and shuts the daemon down, if it is still alive. Prints
# the daemon's exit status and its log.
set -uo pipefail
gild=$1 gilctl=$2 configuration=$3 workload=$4
. "$(dirname "$0")/with_daemon.sh"

ulimit -c 0
start_daemon "$configuration"
ctl start "$workload" >/dev/null 2>&1
ctl wait "$workload" >/dev/null 2>&1
ctl shutdown >/dev/null 2>&1
wait "$daemon" 2>/dev/null
echo "ended with $?"
daemon=
cat "$folder/log"
