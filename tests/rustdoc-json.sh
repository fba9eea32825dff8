#!/bin/sh
# Runs rustdoc with the variable that permits its JSON output on a stable compiler. This script sets the
# variable only for rustdoc, because cargo would run build scripts again if the variable changed.
RUSTC_BOOTSTRAP=1 exec rustdoc "$@"
