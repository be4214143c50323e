# What the stacks have in common: sourced, from the root of the repository.

# What comes from the distribution, as Debian and Ubuntu package it: Chromium with its driver, Java, Python with the module
# that makes environments, npm.
install_system() {
    local missing=() as_root=()
    if ! command -v chromium >/dev/null || ! command -v chromedriver >/dev/null; then missing+=(chromium chromium-driver); fi
    if ! command -v java >/dev/null; then missing+=(default-jre-headless); fi
    if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then missing+=(python3-venv); fi
    if ! command -v npm >/dev/null; then missing+=(npm); fi
    if [ "${#missing[@]}" -eq 0 ]; then return; fi
    if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# `venv NAME`: target/venv-NAME has the packages of tests/tools/NAME.txt. It is made anew only when that file has changed.
venv() {
    local name=$1 lock="tests/tools/$1.txt" home="target/venv-$1"
    if cmp --silent "$lock" "$home/lock" && "$home/bin/python" --version >/dev/null 2>&1; then
        return
    fi
    local begin=$SECONDS
    install_system
    rm -rf "$home"
    python3 -m venv "$home"
    # The lock file is complete. Modules are compiled when they are used, which most never are.
    "$home/bin/pip" install --quiet --disable-pip-version-check --no-deps --no-compile --require-hashes --requirement "$lock"
    cp "$lock" "$home/lock"
    printf -- '-- installed %s from %s, took %s s\n' "$home" "$lock" "$((SECONDS - begin))"
}

# target/node has the packages of tests/tools/package-lock.json, in the same way.
node_packages() {
    local home=target/node
    if cmp --silent tests/tools/package-lock.json $home/lock; then
        return
    fi
    local begin=$SECONDS
    install_system
    rm -rf $home
    mkdir -p $home
    cp tests/tools/package.json tests/tools/package-lock.json $home
    # No package here needs to run anything to be installed.
    npm ci --prefix $home --silent --no-fund --no-audit --ignore-scripts
    cp tests/tools/package-lock.json $home/lock
    printf -- '-- installed %s from tests/tools/package-lock.json, took %s s\n' $home "$((SECONDS - begin))"
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
