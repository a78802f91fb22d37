#!/usr/bin/env bash
# Three routers on three brokers, 100,000 events, ten kills; then two without transactions, which the checker must flag.
set -euo pipefail
. docs/proof/lib/scenario.sh
scenario kills "Kills: exactly once under ten kills, and what the same does without transactions" \
    routers_that_are_killed_over_and_over without_transactions_a_kill
