#!/bin/sh
# Load the demo domain, or real conversations where CONVERSATIONS names a file, run every export, and serve the console
# unless NAVETTE_DEMO_SERVE is 0.
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

unset NAVETTE_DATABASE
export NAVETTE_ADMIN_EMAIL=demo@example.com NAVETTE_ADMIN_NAME=Demo NAVETTE_ADMIN_PASSWORD=navette-demo
export NAVETTE_SIGN_IN_NOTICE="Demo: sign in as $NAVETTE_ADMIN_EMAIL with the password $NAVETTE_ADMIN_PASSWORD"
export NAVETTE_MAIL_FOLDER="$NAVETTE_HOME/mails"
"$navette" init
[ "${NAVETTE_DEMO_SERVE:-1}" = 0 ] && exit 0
bind="${NAVETTE_DEMO_BIND:-127.0.0.1:8000}"
echo
echo "The console: http://$bind (Ctrl-C ends it)"
echo "Sign in as $NAVETTE_ADMIN_EMAIL with the password $NAVETTE_ADMIN_PASSWORD, which everybody knows: for this demo only."
echo "Mails are not sent but put into $NAVETTE_MAIL_FOLDER."
NAVETTE_URL="http://$bind" exec "$navette" serve --bind "$bind"
