# Owns one throw-away PostgreSQL cluster. Reads one command a line from stdin and answers each with one line, `ok` or
# `failed: <why>`. At the end of stdin, which comes however the test process ends, it stops the server and removes the
# folder.
# Arguments: <folder of the PostgreSQL programs> <folder to own, existing and empty>
bin=$1
home=$2
data=$home/data
log=$home/server.log
cd "$home" || exit 1
# Whoever wants to know what was found waits for this lock.
looked_through=${KEYSTEAD_TEST_FOUND-}
if [ -n "$looked_through" ]; then
    exec 9>>"$looked_through"
    flock --shared 9
fi
# PIPE: nobody may be left to read an answer, and the folder still has to go.
trap '' INT HUP TERM PIPE

postmaster() { head -n 1 "$data/postmaster.pid"; }

children() { grep -l "^PPid:[[:space:]]*$1\$" /proc/[0-9]*/status 2>/dev/null | tr -dc '0-9\n'; }

# Returns when the process stands still or is gone.
freeze() {
    kill -STOP "$1" 2>/dev/null || return 0
    while [ -e "/proc/$1" ] && ! grep -q '^State:[[:space:]]*[TZ]' "/proc/$1/status" 2>/dev/null; do :; done
}

# The postmaster first: frozen, it starts no more children.
pause() {
    server=$(postmaster) && freeze "$server" && for child in $(children "$server"); do freeze "$child"; done
}

resume() {
    server=$(postmaster) && for process in $(children "$server") "$server"; do kill -CONT "$process" || true; done
}

initialize() {
    "$bin/initdb" --pgdata="$data" --username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync &&
        cat >>"$data/postgresql.conf" <<SETTINGS
listen_addresses = ''
unix_socket_directories = '$home'
fsync = on
synchronous_commit = on
shared_buffers = 16MB
max_connections = 200
wal_level = minimal
max_wal_senders = 0
timezone = 'UTC'
SETTINGS
}

start() { "$bin/pg_ctl" start --wait --timeout=60 --silent --pgdata="$data" --log="$home/postgres.log"; }
stop() { "$bin/pg_ctl" stop --wait --timeout=60 --silent --pgdata="$data" --mode="$1"; }

answer() {
    if "$@" >>"$log" 2>&1 </dev/null; then
        echo ok
    else
        echo "failed: $(cat "$log" "$home/postgres.log" 2>/dev/null | tail -n 8 | tr '\n' ' ')"
    fi
}

while read -r command; do
    case $command in
    initialize) answer initialize ;;
    start) answer start ;;
    stop) answer stop fast ;;
    crash) answer stop immediate ;;
    pause) answer pause ;;
    resume) answer resume ;;
    *) echo "failed: no such command: $command" ;;
    esac
done

if [ -f "$data/postmaster.pid" ]; then
    resume >/dev/null 2>&1
    stop immediate >/dev/null 2>&1
fi
# What the whole suite had this server write may hold no secret: its log of changes and that of its errors are looked through.
if [ -n "$looked_through" ]; then
    LC_ALL=C grep -aorhE 'ks[a-z]_[0-9A-Za-z]{56}|eyJ[0-9A-Za-z_-]{20,}\.eyJ[0-9A-Za-z_-]{20,}\.[0-9A-Za-z_-]{86,}' \
        "$data/pg_wal" "$home/postgres.log" >&9 2>/dev/null
    echo "looked through $(du -sk "$data/pg_wal" | cut -f 1) KiB" >&9
fi
cd / && rm -rf "$home"
