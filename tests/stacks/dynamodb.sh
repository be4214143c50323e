# DynamoDB Local, Amazon's own: sourced after common.sh, from the root of the repository.

# The npm package that brings the jar.
dynamodb_home=target/node/node_modules/amplify-dynamodb-simulator/emulator

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
