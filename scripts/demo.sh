#!/bin/sh
# Load the demo domain, or the real conversations of the file CONVERSATIONS, run every export, and start the console
# unless NAVETTE_DEMO_SERVE is 0. The console listens on NAVETTE_DEMO_BIND.
set -eu
navette="$BIN/navette"
bind="${NAVETTE_DEMO_BIND:-127.0.0.1:8000}"
serve="${NAVETTE_DEMO_SERVE:-1}"

# Check this first, not after everything else.
if [ "$serve" != 0 ] && ! "$BIN/python" -c '
import socket, sys
host, _, port = sys.argv[1].rpartition(":")
with socket.socket() as probe:
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    probe.bind((host, int(port)))
' "$bind" 2>/dev/null; then
    echo "The console cannot listen on $bind: choose another port, as in NAVETTE_DEMO_BIND=127.0.0.1:8001 make demo" >&2
    exit 1
fi

# In a shell that followed the README's tour, NAVETTE_HOME is the demo's own folder.
home="${NAVETTE_HOME:-var}"
home="${home%/}"
home="${home%/demo}"
home="${home%/conversations}"
if [ -n "$CONVERSATIONS" ]; then
    export NAVETTE_HOME="$home/conversations"
    echo "Loading the conversations of $CONVERSATIONS into $NAVETTE_HOME ..."
    "$navette" load conversations "$CONVERSATIONS"
else
    export NAVETTE_HOME="$home/demo"
    # Two years up to yesterday, so that "last month" has rows. Later runs keep the day, because another day gives other
    # data.
    last_day="$NAVETTE_HOME/last-day"
    yesterday="import datetime as d; print(d.datetime.now(d.UTC).date() - d.timedelta(1))"
    if [ ! -e "$last_day" ]; then
        mkdir -p "$NAVETTE_HOME"
        if [ -e "$NAVETTE_HOME/store" ]; then echo 2025-12-31; else "$BIN/python" -c "$yesterday"; fi > "$last_day"
    fi
    until=$(cat "$last_day")
    echo "Loading a fictional contact centre of about $MESSAGES messages, up to $until, into $NAVETTE_HOME ..."
    echo "(The last day stays the same: for newer data, remove $NAVETTE_HOME first.)"
    "$navette" load demo --messages "$MESSAGES" --until "$until"
fi
export NAVETTE_TIMEZONE="${NAVETTE_TIMEZONE:-Europe/Paris}"
echo
echo "Every export for programs (BI):"
"$navette" export --all --format bi --output exports/bi
echo
echo "For people (Excel, in French):"
"$navette" export --all --format excel --locale fr --output exports/excel-fr
echo
echo "For people (XLSX, in French):"
"$navette" export --all --format xlsx --locale fr --output exports/xlsx-fr
echo
echo "Columns with personal data are left out unless you ask for them, as in:"
echo "  NAVETTE_HOME=$NAVETTE_HOME $navette export messages --fields +author_name,+body --output exports/with-text"

unset NAVETTE_DATABASE
export NAVETTE_ADMIN_EMAIL=demo@example.com NAVETTE_ADMIN_NAME=Demo NAVETTE_ADMIN_PASSWORD=navette-demo
export NAVETTE_SIGN_IN_NOTICE="Demo: sign in as $NAVETTE_ADMIN_EMAIL with the password $NAVETTE_ADMIN_PASSWORD"
export NAVETTE_MAIL_FOLDER="$NAVETTE_HOME/mails"
mkdir -p "$NAVETTE_HOME/delivered"
export NAVETTE_FOLDERS="${NAVETTE_FOLDERS:-$(cd "$NAVETTE_HOME/delivered" && pwd -P)}"
echo
echo "Setting up the console ..."
"$navette" init
if [ "$serve" = 0 ]; then
    echo "Run 'make demo' without NAVETTE_DEMO_SERVE=0 to start the console."
    exit 0
fi
echo "Starting the console ..."
export NAVETTE_URL="http://$bind"

# A process that ends with the console prints the address once the console answers.
"$BIN/python" - $$ <<'END' &
import os, sys, time, urllib.error, urllib.request

console, url = int(sys.argv[1]), os.environ["NAVETTE_URL"]
while os.getppid() == console:
    try:
        urllib.request.urlopen(f"{url}/health/ready", timeout=5).close()
        break
    except OSError:
        time.sleep(0.2)
else:
    sys.exit()
print(f"""
The console: {url} (press Ctrl-C to end it)
Sign in as {os.environ["NAVETTE_ADMIN_EMAIL"]} with the password {os.environ["NAVETTE_ADMIN_PASSWORD"]}. Use this password for the demo only: it is public.
E-mails are not sent but written to {os.environ["NAVETTE_MAIL_FOLDER"]}.
Automated exports can write to {os.environ["NAVETTE_FOLDERS"]}, once you add them under Settings > Extensions.""", flush=True)
END
exec "$navette" serve --bind "$bind"
