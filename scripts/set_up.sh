#!/bin/sh
# Create the virtual environment .venv and install the versions of the lock file.
# Usage: set_up.sh PYTHON [options of "uv sync"]
set -eu
python=$1
shift

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "Navette needs Python 3.11 or later: install it, or name one with PYTHON=…" >&2
    exit 1
fi
echo "Setting up .venv from the lock file; the first time takes a minute or two ..." >&2
if [ ! -x .venv/bin/uv ]; then
    if ! "$python" -m venv .venv >/dev/null 2>&1; then
        rm -rf .venv
        if [ "$(id -u)" = 0 ]; then
            apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
            "$python" -m venv .venv
        else
            echo "Python's venv module is missing: as root, run: apt-get install python3-venv" >&2
            exit 1
        fi
    fi
    .venv/bin/python -m pip install --quiet --disable-pip-version-check uv
fi
# --inexact keeps pip and uv themselves. Byte code is compiled now, so that no command has to wait for it, even if its
# user cannot write to .venv.
.venv/bin/uv sync --quiet --frozen --inexact --compile-bytecode "$@"
