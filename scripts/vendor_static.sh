#!/bin/sh
# Download the console's third-party files, with their licences, from npm into src/navette/web/static/vendor/. The files
# are committed: run this only to change a version or an icon. Requires npm and tar.
set -eu
vendor=$(cd "$(dirname "$0")/.." && pwd)/src/navette/web/static/vendor
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

icons="adjustments alert-circle alert-triangle archive arrow-left bell bookmark brand-open-source building calendar
check chevron-down chevron-left chevron-right chevron-up circle-check circle-x clipboard-list clock columns copy database
device-floppy dots download external-link eye file-export file-spreadsheet file-text filter history hourglass inbox
info-circle key language link link-off list-check loader lock lock-open logout mail menu-2 pencil player-play player-stop
plug plus puzzle refresh repeat search settings shield-check shield-lock table trash upload user user-circle user-off
user-plus users x"

# fetch NAME VERSION: unpack the package into $work/NAME
fetch() {
    folder="$work/$(echo "$1" | tr -d '@' | tr / -)"
    mkdir -p "$folder"
    (cd "$work" && tar -xzf "$(npm pack --silent "$1@$2" 2>/dev/null)" -C "$folder" --strip-components=1)
}

# keep FOLDER FILE…: copy files of an unpacked package, and its licence, into the vendor folder
keep() {
    package=$1
    shift
    for file in "$@"; do
        # Source maps are not copied, so no file may refer to one.
        sed '/[#@] *sourceMappingURL=/d' "$work/$package/$file" >"$vendor/$(basename "$file")"
    done
    cp "$work/$package/LICENSE" "$vendor/$package.LICENSE"
}

sprite() {
    echo '<svg xmlns="http://www.w3.org/2000/svg">'
    for icon in $icons; do
        echo "<symbol id=\"$icon\" viewBox=\"0 0 24 24\">"
        sed -n '/^  <path/p' "$work/tabler-icons/icons/outline/$icon.svg"
        echo '</symbol>'
    done
    echo '</svg>'
}

mkdir -p "$vendor"
fetch @tabler/core 1.6.1
fetch @tabler/icons 3.51.0
fetch htmx.org 2.0.11
fetch tom-select 2.6.2
# The package has no licence file: its licence is MIT, and its files name the copyright holders.
sed "s/^Copyright.*/Copyright (c) 2018-2026 The Tabler Authors, codecalm.net Paweł Kuna/" \
    "$work/tabler-icons/LICENSE" >"$work/tabler-core/LICENSE"
keep tabler-core dist/css/tabler.min.css dist/js/tabler.min.js
keep htmx.org dist/htmx.min.js
keep tom-select dist/js/tom-select.complete.min.js dist/css/tom-select.bootstrap5.min.css
keep tabler-icons
sprite >"$vendor/icons.svg"
