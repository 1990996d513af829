#!/usr/bin/env bash
# postgres.sh start|stop NAME: a throwaway cluster for tests, on a unix socket in /var/tmp/duban-test-NAME, fsync on.
set -euo pipefail
. "$(dirname "$0")/../../script/lib.sh"
export DUBAN_DIR=/var/tmp/duban-test-$2
stop() {
    if [[ -e $DUBAN_DIR/cluster/postmaster.pid ]]; then
        # Nothing of it is kept, so that it need not write everything down first.
        (cd / && as_postgres "$postgres_bin/pg_ctl" -D "$DUBAN_DIR/cluster" -m immediate -w -s stop)
    fi
    rm -rf "$DUBAN_DIR"
}
case $1 in
start)
    stop # one that an interrupted run has left
    mkdir -m 700 "$DUBAN_DIR"
    if ((EUID == 0)); then chown postgres: "$DUBAN_DIR"; fi
    postgres_start
    ;;
stop) stop ;;
esac
