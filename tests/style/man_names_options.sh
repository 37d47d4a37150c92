#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# man_names_options.sh PAGE PROGRAM [SUBCOMMAND]: fail when --help names an option that PAGE does not.
set -eu
page=$1 bad=0 seen=0
shift
for option in $("$@" --help | grep -oE -- '(^|[ ,])--[a-z][a-z-]+' | tr -d ' ,' | sort -u); do
    seen=$((seen + 1))
    sed 's/\\-/-/g' "$page" | grep -qwF -e "$option" || { echo "$page: no $option"; bad=1; }
done
[ "$seen" -gt 0 ] || { echo "$* --help names no option"; bad=1; }
exit "$bad"
