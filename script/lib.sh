# Sourced by the scripts: the private PostgreSQL cluster and the services of one folder, DUBAN_DIR.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bin=${DUBAN_BIN:-$root/build/dev/bin}
unset DUBAN_BIN # not a setting of the programs
postgres_bin=/usr/lib/postgresql/15/bin
export PATH=$bin:$PATH

# as_postgres COMMAND…: PostgreSQL refuses to run as root, and the package has made a user for it.
as_postgres() {
    if ((EUID == 0)); then runuser -u postgres -- "$@"; else "$@"; fi
}

# use_directory NAME: makes var/NAME the place of the cluster and of all sockets. Where that path is too long for a socket, or
# the user postgres may not reach it, a folder below /var/tmp named after it is used instead.
use_directory() {
    local wanted=$root/var/$1 reachable=true
    mkdir -p "$wanted"
    if ((EUID == 0)); then as_postgres test -x "$wanted" || reachable=false; fi
    if ((${#wanted} > 80)) || ! $reachable; then
        wanted=/var/tmp/duban-$(printf %s "$wanted" | sha256sum | cut -c1-16)
        mkdir -p "$wanted"
    fi
    chmod 700 "$wanted"
    if ((EUID == 0)); then chown postgres: "$wanted"; fi
    export DUBAN_DIR=$wanted
}

# postgres_start: makes the cluster if there is none, and starts it, with every promise of durability on.
postgres_start() {
    (
        cd /
        if [[ ! -e $DUBAN_DIR/cluster/PG_VERSION ]]; then
            as_postgres "$postgres_bin/initdb" -D "$DUBAN_DIR/cluster" -U duban --auth=trust --encoding=UTF8 --locale=C >/dev/null
            printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '$DUBAN_DIR'" "timezone = 'UTC'" |
                as_postgres tee -a "$DUBAN_DIR/cluster/postgresql.conf" >/dev/null
        fi
        as_postgres "$postgres_bin/pg_ctl" -D "$DUBAN_DIR/cluster" -l "$DUBAN_DIR/postgres.log" -w -s start
    )
    psql -h "$DUBAN_DIR" -U duban -d postgres -Atqc "SELECT 1 FROM pg_database WHERE datname = 'duban'" | grep -q 1 ||
        createdb -h "$DUBAN_DIR" -U duban duban
}

postgres_stop() {
    (cd / && as_postgres "$postgres_bin/pg_ctl" -D "$DUBAN_DIR/cluster" -m fast -w -s stop)
}

# service_start NAME: starts one service in the background; its log is DUBAN_DIR/NAME.log, its process id DUBAN_DIR/NAME.pid.
service_start() {
    "duban-$1" >>"$DUBAN_DIR/$1.log" 2>&1 </dev/null &
    echo $! >"$DUBAN_DIR/$1.pid"
}

# service_stop NAME: asks it to end, and waits.
service_stop() {
    local pid
    pid=$(cat "$DUBAN_DIR/$1.pid" 2>/dev/null) || return 0
    kill "$pid" 2>/dev/null || true
    while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
    rm -f "$DUBAN_DIR/$1.pid"
}

build() {
    "$root/script/bootstrap" --no-lint
    (cd "$root" && cmake --preset dev >/dev/null && cmake --build --preset dev)
}
