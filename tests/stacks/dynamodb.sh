# DynamoDB Local, Amazon's own: sourced after common.sh, from the root of the repository.

# The npm package that brings the jar.
dynamodb_home=target/node-dynamodb/node_modules/amplify-dynamodb-simulator/emulator

# Installs DynamoDB Local, and the Java and npm that it needs, as Debian and Ubuntu package them.
install_dynamodb() {
    local packages=() as_root=()
    if ! command -v java >/dev/null; then packages+=(default-jre-headless); fi
    if [ ! -f $dynamodb_home/DynamoDBLocal.jar ] && ! command -v npm >/dev/null; then packages+=(npm); fi
    if [ "${#packages[@]}" -ne 0 ]; then
        if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
        "${as_root[@]}" apt-get update -qq
        "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
    fi
    if [ ! -f $dynamodb_home/DynamoDBLocal.jar ]; then
        npm install --silent --no-fund --no-audit --prefix target/node-dynamodb 'amplify-dynamodb-simulator@2'
    fi
}

# `start_dynamodb PORT LOG`: starts it with nothing in it and waits until it answers. It ends with the
# script.
start_dynamodb() {
    # It leaves a file where it is started.
    setsid env --chdir=$dynamodb_home java -Djava.library.path=./DynamoDBLocal_lib -jar DynamoDBLocal.jar \
        -disableTelemetry -inMemory -port "$1" >"$2" 2>&1 &
    dynamodb=$!
    started+=("$dynamodb")
    answers "http://127.0.0.1:$1/" "$dynamodb"
}
