#!/usr/bin/env bash
# Expressions at full scale: the cases of cel-spec, 100,000 random expressions against the interpreter of the cel crate,
# and 400,000 mutated sources on mutated documents.
set -euo pipefail
. docs/proof/lib/page.sh

# Runs one test; what it prints of its counts is kept.
counted() {
    local title=$1 said
    shift
    said=$(mktemp)
    "$@" -- --nocapture 2>&1 | tee "$said" || { rm -f "$said"; return 1; }
    { echo "### $title"; echo; grep -a 'known to differ' "$said"; echo; } >>"$SEGUE_PROOF"
    rm -f "$said"
}

expressions() {
    cargo test --locked --package segue-expr --lib the_cases_of_cel_spec || return
    counted "Random expressions, against the interpreter" \
        cargo test --locked --package segue-expr --test oracle random_expressions || return
    cargo test --locked --package segue-expr --test garbage -- --nocapture || return
}

page expressions "Expressions: the specification, the interpreter, and no harm" expressions
