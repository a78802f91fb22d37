# Runs tests of tests/kafka_three at full scale and writes what they saw. Sourced by the proofs beside this directory.
# scenario NAME TITLE TEST...
. docs/proof/lib/page.sh
scenario() {
    local name=$1 title=$2
    shift 2
    machine_note="; brokers, routers and the test share it"
    page "$name" "$title" cargo test --locked --workspace --test kafka_three -- --nocapture --test-threads=1 "$@"
}
