#!/usr/bin/env bash
# Two routers on three brokers: 100,000 timers fall due over five minutes, held tasks among them, while routers are killed 20 times.
set -euo pipefail
. docs/proof/lib/scenario.sh
scenario timers "Timers: each fires once and none early, under 20 kills" \
    timers_that_fall_due_while_routers_are_killed
