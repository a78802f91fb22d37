# Runs a command and writes what it saw to the page of a proof. Sourced by the proofs and by scenario.sh.
# page NAME TITLE COMMAND...: the command appends what is worth keeping to the file that $SEGUE_PROOF names.
page() {
    local name=$1 title=$2 page seen result=failed commit dirty
    shift 2
    page=docs/proof/$name.md
    seen=$(mktemp)
    export CI=1 SEGUE_SCALE=full SEGUE_PROOF=$seen SEGUE_SEED=${SEGUE_SEED:-$(date +%s)}
    commit=$(git rev-parse HEAD)
    dirty=$(git status --porcelain -- crates tests Cargo.lock)
    "$@" && result=passed
    {
        echo "# $title"
        echo
        echo "result: $result"
        echo
        echo "commit: $commit${dirty:+ with changes}"
        echo
        echo "date: $(date -u +%Y-%m-%dT%H:%MZ)"
        echo
        echo "machine: $(nproc) processors ($(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1)), $(awk '/MemTotal/ { printf "%d GiB", $2 / 1048576 }' /proc/meminfo)$machine_note"
        echo
        echo "command: \`SEGUE_SEED=$SEGUE_SEED ./proof $name\`"
        echo
        cat "$seen"
    } >"$page"
    rm -f "$seen"
    echo "$page: $result"
    [ "$result" = passed ]
}
machine_note=
