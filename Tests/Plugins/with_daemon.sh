# To be sourced: a daemon in a folder of its own, which goes with the script. Needs $gild and $gilctl; sets $folder and $daemon.
folder=$(mktemp -d)
export GILD_SOCKET=$folder/gild.sock NO_COLOR=1
daemon=
trap '[ -n "$daemon" ] && kill -KILL "$daemon" 2>/dev/null; rm -rf "$folder"' EXIT

# gilctl, with more patience than a person has: a daemon built with a sanitizer, or on a loaded machine, is slow.
ctl() {
    if [ "$1" = wait ]; then "$gilctl" "$@"; else "$gilctl" --timeout 120s "$@"; fi
}

# Start a daemon with a configuration; its log is $folder/log. Fails if it ended instead of answering.
start_daemon() {
    # Swift's own backtrace would follow the last record.
    SWIFT_BACKTRACE=enable=no "$gild" serve --config "$1" --socket "$GILD_SOCKET" 2>"$folder/log" &
    daemon=$!
    for ((attempt = 0; attempt < 600; attempt++)); do
        ctl ping >/dev/null 2>&1 && return 0
        kill -0 "$daemon" 2>/dev/null || return 1
        sleep 0.05
    done
}
