#!/usr/bin/env bash
# Injuries to the state directory at full scale: 50 bits flipped, 20 files truncated, 10 deleted, 10 old files and 10 old
# partitions put back.
set -euo pipefail
. docs/proof/lib/page.sh
page state "State: injuries to its files are found or do no harm" \
    cargo test --locked --package segue-workspace --test simulation -- --nocapture damage
