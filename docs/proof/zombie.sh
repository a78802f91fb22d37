#!/usr/bin/env bash
# A router stands still past its session, once inside a transaction and once inside a step of intake, and goes on.
set -euo pipefail
. docs/proof/lib/scenario.sh
scenario zombie "Zombie: a router that stood still past its session does nothing twice" \
    a_router_that_stood_still_past_its_session
