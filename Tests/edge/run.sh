#!/usr/bin/env bash
# csmd before real servers: nginx, haproxy and caddy with TLS, each in front of csm-localfal, on loopback.
#
#   Tests/edge/run.sh [PROGRAMS [--short] [--only PATTERN] [--lines N] [--keep FOLDER]]
#
# PROGRAMS is the folder of the built programs, .build/debug by default. The long form sends 2000 lines
# through each scenario, the short one, for CI, 250 through a few. --only takes the scenarios whose
# names match, --keep leaves what each has written in FOLDER. What is set of CSM_… is handed to csmd.
#
# Fails unless every line is stored and was accepted once, and no gate was closed for longer than 5 s; where
# a server was away for longer than the 3 s meant, for longer by as much.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

missing=()
for program in nginx:nginx-light haproxy:haproxy caddy:caddy openssl:openssl python3:python3; do
  PATH=$PATH:/usr/sbin command -v "${program%%:*}" >/dev/null || missing+=("${program##*:}")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "missing; on Debian: apt-get install --no-install-recommends ${missing[*]}" >&2
  exit 69
fi

PATH=$PATH:/usr/sbin exec python3 -B "$here/campaign.py" "$@"
