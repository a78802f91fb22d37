#!/usr/bin/env bash
# Three routers on three brokers; a bundle is deployed every two seconds, one in five bad, while routers are killed 18 times.
set -euo pipefail
. docs/proof/lib/scenario.sh
scenario reload "Reload: bundles deployed every two seconds under kills, one in five bad" \
    --ignored bundles_that_are_deployed
