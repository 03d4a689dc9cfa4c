#!/bin/sh
# give-up.sh POD...: tells this node that others will never come back, so that it no longer waits for their word: as
# long as they are silent, they count as empty. What only they had is lost.
#
# Environment: POD_NAME, NODE_DOMAIN, NODES, DATA_DIR.
set -eu

for pod in "$@"; do
	host="$pod.$NODE_DOMAIN"
	known=no
	case " $NODES " in *" $host "*) known=yes ;; esac
	if [ "$known" = no ] || [ "$pod" = "$POD_NAME" ]; then
		echo "$pod: expected one of the other nodes: $NODES" >&2
		exit 2
	fi
done
for pod in "$@"; do
	echo "$pod.$NODE_DOMAIN"
done >>"$DATA_DIR/given-up"
echo "$POD_NAME.$NODE_DOMAIN: gave up $*"
