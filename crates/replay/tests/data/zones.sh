#!/bin/sh
# Writes zones.csv: what zdump says of clocks on the wall, one second before and at each change from 2024 on.
# Columns: zone, instant (UTC), hour and minute on the wall; the first thousand, by instant. The data are in the public domain.
# zdump here goes by tzdata 2025b, which has Moldova change its clocks an hour earlier than the newer tables of the program do.
set -eu
cd "$(dirname "$0")"
sed -n 's/^[A-Z,]*\t[^\t]*\t\([^\t]*\).*/\1/p' /usr/share/zoneinfo/zone1970.tab | grep -v Chisinau | LC_ALL=C sort -u | while read -r zone; do
    zdump -v -c 2024,2027 "$zone" 2>/dev/null || true
done | awk '
    BEGIN { split("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec", names); for (n in names) month[names[n]] = n }
    $6 ~ /^202[456]$/ && $7 == "UT" {
        split($5, utc, ":"); split($12, wall, ":")
        printf "%s,%04d-%02d-%02dT%s:%s:%sZ,%d,%d\n", $1, $6, month[$3], $4, utc[1], utc[2], utc[3], wall[1], wall[2]
    }' | LC_ALL=C sort -t, -k2,2 -k1,1 | head -1000 > zones.csv
