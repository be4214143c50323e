# What the stacks have in common: sourced, from the root of the repository.

# Python with the module that makes environments, as Debian and Ubuntu package it.
install_python() {
    if python3 -c 'import ensurepip, venv' 2>/dev/null; then
        return
    fi
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
}

# `venv NAME PACKAGE...`: target/venv-NAME has these packages. It is made anew only when the list has changed.
venv() {
    local name=$1 home="target/venv-$1"
    shift
    if [ "$(cat "$home/packages" 2>/dev/null)" = "$*" ]; then
        return
    fi
    local begin=$SECONDS
    install_python
    rm -rf "$home"
    python3 -m venv "$home"
    "$home/bin/pip" install --quiet --disable-pip-version-check "$@"
    printf '%s\n' "$*" >"$home/packages"
    printf -- '-- installed %s in %s, took %s s\n' "$*" "$home" "$((SECONDS - begin))"
}

# A port of this machine that nobody listens on, and that the system gives to nobody who asks for any.
free_port() {
    python3 - <<'PYTHON'
import random, socket
while True:
    port = random.randrange(10000, 30000)
    try:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", port))
    except OSError:
        continue
    print(port)
    break
PYTHON
}

# `answers URL PROCESS`: waits until the URL answers, for as long as the process lives, a minute at most.
answers() {
    local tries
    for ((tries = 0; tries < 300; tries++)); do
        if curl --silent --output /dev/null --max-time 2 "$1"; then
            return
        fi
        if ! kill -0 "$2" 2>/dev/null; then
            break
        fi
        sleep 0.2
    done
    echo "nothing answers at $1" >&2
    return 1
}

# `part COMMAND...`: says what is run, runs it, says how long it took.
part() {
    printf -- '-- %s\n' "$*"
    local begin=$SECONDS
    "$@" || return
    printf -- '-- took %s s\n' "$((SECONDS - begin))"
}

# `end GROUP`: ends all processes of a group that this script started with setsid, and waits for its first.
end() {
    kill -TERM -- "-$1" 2>/dev/null || return 0
    wait "$1" 2>/dev/null || true
    kill -KILL -- "-$1" 2>/dev/null || true
}

# `begin`: from here on the script has a folder $scratch for its logs, NAME.log each. When it ends, however it ends, the
# process groups in $started end with it, the last first; when it fails, its logs are shown by `complain`.
begin() {
    scratch=$(mktemp -d)
    started=()
    trap finish EXIT
    trap 'exit 130' INT TERM
}

finish() {
    local status=$? place
    trap - EXIT
    for ((place = ${#started[@]} - 1; place >= 0; place--)); do end "${started[place]}"; done
    if [ "$status" -ne 0 ]; then complain; fi
    rm -rf "$scratch"
    exit "$status"
}

complain() {
    local log
    for log in "$scratch"/*.log; do
        if [ -f "$log" ]; then tail -n 50 "$log" >&2; fi
    done
}
