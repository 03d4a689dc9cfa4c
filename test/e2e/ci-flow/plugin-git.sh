#!/bin/sh
# Clones as the plugin of Woodpecker does, as far as its parameters of a commit go. The agent has left the credential in
# the home of the step.
set -eu
git init --quiet
git remote add origin "$CI_REPO_CLONE_URL"
git fetch --quiet --depth=1 origin "${PLUGIN_SHA:-$CI_COMMIT_SHA}"
git checkout --quiet FETCH_HEAD
rm -f "$HOME/.netrc"
