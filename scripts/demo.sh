#!/bin/sh
# Load the demo domain, or real conversations where CONVERSATIONS names a file, and run every export.
set -eu
navette="$BIN/navette"

if [ -n "$CONVERSATIONS" ]; then
    export NAVETTE_HOME="${NAVETTE_HOME:-var}/conversations"
    "$navette" load conversations "$CONVERSATIONS"
else
    export NAVETTE_HOME="${NAVETTE_HOME:-var}/demo"
    "$navette" load demo --messages "$MESSAGES"
fi
export NAVETTE_TIMEZONE="${NAVETTE_TIMEZONE:-Europe/Paris}"
echo
echo "For programs (BI):"
"$navette" export --all --format bi --output exports/bi
echo
echo "For people (Excel, in French):"
"$navette" export --all --format excel --locale fr --output exports/excel-fr
echo
echo "For people (XLSX, in French):"
"$navette" export --all --format xlsx --locale fr --output exports/xlsx-fr
echo
echo "Columns with personal data are left out until somebody asks for them, as in:"
echo "  NAVETTE_HOME=$NAVETTE_HOME $navette export messages --fields +author_name,+body --output exports/with-text"
