#!/usr/bin/env bash
# Three routers on three brokers; 200 times one leaves or comes, 20 of them killed; caps of one to five are counted again.
set -euo pipefail
. docs/proof/lib/scenario.sh
scenario caps "Caps: none is exceeded or falls short while routers come and go" \
    --ignored caps_hold_to_the_unit
