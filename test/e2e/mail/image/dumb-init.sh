#!/bin/sh
# Stands in for the image's first process: drops the `--` and becomes the rest.
shift
exec "$@"
