# Runs tests of tests/kafka_three at full scale and writes what they saw. Sourced by the proofs beside this directory.
# scenario NAME TITLE TEST...
scenario() {
    local name=$1 title=$2 page seen result=failed commit dirty
    shift 2
    page=docs/proof/$name.md
    seen=$(mktemp)
    export CI=1 SEGUE_SCALE=full SEGUE_PROOF=$seen SEGUE_SEED=${SEGUE_SEED:-$(date +%s)}
    commit=$(git rev-parse HEAD)
    dirty=$(git status --porcelain -- crates tests Cargo.lock)
    cargo test --locked --package segue-workspace --test kafka_three -- --nocapture --test-threads=1 "$@" && result=passed
    {
        echo "# $title"
        echo
        echo "result: $result"
        echo
        echo "commit: $commit${dirty:+ with changes}"
        echo
        echo "date: $(date -u +%Y-%m-%dT%H:%MZ)"
        echo
        echo "machine: $(nproc) processors ($(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1)), $(awk '/MemTotal/ { printf "%d GiB", $2 / 1048576 }' /proc/meminfo); brokers, routers and the test share it"
        echo
        echo "command: \`SEGUE_SEED=$SEGUE_SEED ./proof $name\`"
        echo
        cat "$seen"
    } >"$page"
    rm -f "$seen"
    echo "$page: $result"
    [ "$result" = passed ]
}
