#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# man_names_options.sh PAGE PROGRAM: fail when PROGRAM --help names an option that PAGE does not.
set -eu
bad=0 seen=0
for option in $("$2" --help | grep -oE -- '(^|[ ,])--[a-z][a-z-]+' | tr -d ' ,' | sort -u); do
    seen=$((seen + 1))
    sed 's/\\-/-/g' "$1" | grep -qwF -e "$option" || { echo "$1: no $option"; bad=1; }
done
[ "$seen" -gt 0 ] || { echo "$2 --help names no option"; bad=1; }
exit "$bad"
