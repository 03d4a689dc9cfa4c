#!/bin/sh
# The program `infra` of the image that pipelines run in: the command of the checkout, with no variable that whoever
# started the pipeline has chosen. What a shell reads before this line it has read: see docs/runbooks/review.md.
set -eu
path=/usr/local/bin:/usr/bin:/bin
if [ ! -d node_modules ]; then
	env -i PATH="$path" HOME=/root npm ci --prefer-offline --no-audit --no-fund >&2
fi
exec env -i PATH="$path" HOME=/root node_modules/.bin/infra "$@"
