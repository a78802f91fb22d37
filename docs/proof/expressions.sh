#!/usr/bin/env bash
# Expressions at full scale: the cases of cel-spec, 100,000 random expressions against the interpreter of the cel crate,
# and 400,000 mutated sources on mutated documents.
set -euo pipefail
. docs/proof/lib/page.sh

expressions() {
    cargo test --locked --package segue-expr --lib the_cases_of_cel_spec || return
    cargo test --locked --package segue-expr --test oracle || return
    cargo test --locked --package segue-expr --test garbage -- --nocapture || return
}

page expressions "Expressions: the specification, the interpreter, and no harm" expressions
