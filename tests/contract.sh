#!/usr/bin/env bash
# Sends CASES made-up requests by key and as many by session, and holds the answers to the
# description: statuses, types, headers, schemas. schemathesis goes into target/.
set -euo pipefail
cd "$(dirname "$0")/.."

cases=${1:-10000}
tool=$PWD/target/schemathesis
collector=$PWD/target/release/crm-collector
[ -x $tool/bin/schemathesis ] || {
  python3 -m venv $tool
  $tool/bin/pip install --quiet schemathesis==4.32.5
}

work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
# The tool keeps what it has found beside it.
cd "$work"
password='correct horse battery'
echo "$password" | $collector --data "$work/data" user add --email ada@example.com --name Ada \
  --password-stdin
key=$($collector --data "$work/data" key create --name contract --scopes ingest,read)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
url=http://127.0.0.1:$port
CRM_LOG_LEVEL=error $collector --data "$work/data" serve --listen "127.0.0.1:$port" &
server=$!
curl --silent --fail --retry 20 --retry-connrefused --retry-delay 1 "$url/readyz" > /dev/null

# Half of the cases are those that the tool derives from the description without chance.
run() {
  $tool/bin/schemathesis run "$url/openapi.json" --max-examples $((cases / 40)) \
    --phases examples,coverage,fuzzing --continue-on-failure --suppress-health-check all \
    --checks not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance \
    "$@"
}
failed=
run --header "Authorization: Bearer $key" || failed=yes

login=$(curl --silent --fail --cookie-jar "$work/cookies" "$url/v1/auth/login" \
  --json "{\"email\": \"ada@example.com\", \"password\": \"$password\"}")
csrf=$(python3 -c 'import json, sys; print(json.load(sys.stdin)["csrf_token"])' <<< "$login")
session=$(awk '$6 == "crm_session" { print $7 }' "$work/cookies")
# A logout would end the session for all that follow.
run --header "Cookie: crm_session=$session" --header "X-CSRF-Token: $csrf" \
  --exclude-path /v1/auth/logout || failed=yes
[ -z "$failed" ]
