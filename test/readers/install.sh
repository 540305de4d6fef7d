#!/usr/bin/env bash
# Installs every reader that test/readers knows, on Debian, and runs the tests with all of them.
set -euo pipefail
cd "$(dirname "$0")/../.."
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
  busybox chromium curl default-jdk-headless gzip libarchive-tools p7zip-full perl php-cli pigz python3 ruby tar
GDPR_READERS=all node_modules/.bin/vitest run test/readers
