#!/bin/sh
# Install the programs that some tests need. Without root, those tests are skipped and say so.
set -eu
missing=""
command -v soffice >/dev/null || missing="$missing libreoffice-calc"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
[ -x /usr/sbin/postfix ] || missing="$missing postfix"
command -v chromium >/dev/null || missing="$missing chromium"
[ -x /usr/sbin/sshd ] || missing="$missing openssh-server"
ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1 || missing="$missing faketime"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" != 0 ]; then
    echo "Not root, so not installed:$missing. The tests that need them will be skipped." >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
# The tests run their own Postfix; the machine's stays without a configuration and does not start.
[ -x /usr/sbin/postfix ] || echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections
apt-get update -qq
# shellcheck disable=SC2086 # a list of words
apt-get install -y -qq --no-install-recommends $missing >/dev/null
