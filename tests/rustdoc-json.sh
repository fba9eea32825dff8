#!/bin/sh
# rustdoc with its JSON output, which a stable compiler has behind this variable. Set here and not for all of
# cargo, because build scripts see the variable and would be run again.
RUSTC_BOOTSTRAP=1 exec rustdoc "$@"
