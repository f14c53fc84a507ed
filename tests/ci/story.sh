#!/usr/bin/env bash
# The life of one exposure as CI sees it, with a real Redis: each step names the exit code that it wants.
#
# Wants on PATH: exposure, redis-server, redis-cli. Arguments: an address of 127.0.0.0/8 that nobody uses, and a port.
set -euo pipefail

address=$1
port=$2
work=$(mktemp -d)
trap 'stop; rm -rf "$work"' EXIT
cd "$work"

start() { # start PASSWORD; an empty one leaves the door open
  redis-server --bind "$address" --port "$port" --save '' --protected-mode no --requirepass "$1" \
    --dir "$work" --pidfile "$work/redis.pid" --logfile "$work/redis.log" --daemonize yes >"$work/start.log"
  for _ in $(seq 300); do
    sleep 0.1
    if redis-cli -h "$address" -p "$port" ping 2>&1 | grep -q 'PONG\|NOAUTH'; then return; fi
  done
  { echo "redis did not start"; cat "$work/redis.log"; } >&2
  return 1
}

stop() {
  if [[ -f "$work/redis.pid" ]]; then
    local pid
    pid=$(cat "$work/redis.pid")
    kill "$pid" 2>/dev/null || true
    tail --pid="$pid" -s 0.05 -f /dev/null
    rm -f "$work/redis.pid"
  fi
}

wants() { # wants CODE WHAT COMMAND...
  local code=$1 what=$2 got=0
  shift 2
  "$@" >"$work/out" 2>"$work/err" || got=$?
  if [[ " $code " != *" $got "* && "$code" != "$got" ]]; then
    echo "FAILED $what: wanted $code, got $got"
    cat "$work/out" "$work/err"
    exit 1
  fi
  echo "ok $what: $got"
}

says() { # says WORDS: in the output of the last step
  grep -q -- "$1" "$work/out" "$work/err" || { echo "FAILED: nobody said '$1'"; cat "$work/out" "$work/err"; exit 1; }
}

scan() { exposure scan "$address" -p "$port" --no-progress "$@"; }

start secret
wants 0 "a Redis with a password is clean" scan -o clean.json
says "Clean:"

stop
start ''
wants 1 "the door is left open" scan -o open.json
says "Redis"
fingerprint=$(python3 -c 'import json; print(json.load(open("open.json"))["findings"][0]["fingerprint"])')
wants 1 "the open door is new" exposure diff clean.json open.json
wants 1 "asked again it is still open" exposure verify "$fingerprint" --from open.json
says "exposed:"

wants 0 "only what is new counts against a baseline" scan --baseline open.json
wants 0 "somebody answers for it" exposure accept "$fingerprint" --from open.json \
  --reason "until the move is over" --owner "platform" --until 2999-12-31
wants 0 "an accepted exposure passes" scan --accept accept.toml -o accepted.json
says "accepted: until the move is over"

sed -i 's/2999-12-31/2020-12-31/' accept.toml
wants 1 "the acceptance expires" scan --accept accept.toml -o expired.json
says "acceptance-expired"

stop
start secret
wants 0 "the door is shut: it refuses strangers" exposure verify "$fingerprint" --from open.json
says "protected:"
wants 0 "the fix is seen" scan -o fixed.json
wants 0 "the exposure is gone" exposure diff open.json fixed.json
says "Gone: 1"
wants 1 "an acceptance without an exposure fails a strict run" scan --accept accept.toml --strict-accept

stop
wants 0 "the service is switched off" exposure verify "$fingerprint" --from open.json
says "closed:"

# A network where nothing is reachable, not even loopback.
if unshare -n true 2>/dev/null; then apart=(unshare -n); elif unshare -rn true 2>/dev/null; then apart=(unshare -rn); else apart=(); fi
if [[ ${#apart[@]} -gt 0 ]]; then
  wants "3 4" "an unreachable target is never clean" "${apart[@]}" exposure scan "$address" -p "$port" --no-progress -o blind.json
  wants "3 4" "nor is a name that nobody knows" "${apart[@]}" exposure scan no-such-host.invalid -p "$port" --no-progress
  wants 4 "nor does it prove a fix" "${apart[@]}" exposure verify "$fingerprint" --from open.json
  wants 0 "the exposure is not called gone" exposure diff open.json blind.json
  says "Unknown: not proven closed: 1"
fi
echo "the story is told"
