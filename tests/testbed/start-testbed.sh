#!/usr/bin/env bash
# start-testbed.sh start|stop|status|run CMD...     (loopback only; no Docker; PyPI only)
#   start  makes the venv once (about 15 s, 107 MB), starts the server on a free port, prints its URL, returns when it answers
#   run    starts, exports AWS_ENDPOINT_URL and dummy credentials, runs CMD, stops the server, returns CMD's status
# TESTBED_DIR (default: $PWD/.testbed) holds venv/, url, pid, log.   TESTBED_PORT=0 picks a free port.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
dir="${TESTBED_DIR:-$PWD/.testbed}"; py="${PYTHON:-python3}"; port="${TESTBED_PORT:-0}"
want="$(cat "$here/requirements.txt")"

setup() {
  if [ "$(cat "$dir/venv/.pins" 2>/dev/null || true)" != "$want" ]; then
    rm -rf "$dir/venv"; mkdir -p "$dir"; "$py" -m venv "$dir/venv"
    "$dir/venv/bin/pip" install -q --disable-pip-version-check -r "$here/requirements.txt"
    printf '%s\n' "$want" > "$dir/venv/.pins"
  fi
}
alive() { [ -s "$dir/pid" ] && kill -0 "$(cat "$dir/pid")" 2>/dev/null && grep -qs testbed_server "/proc/$(cat "$dir/pid")/cmdline"; }
start() {
  setup
  if alive && [ -s "$dir/url" ]; then cat "$dir/url"; echo; return; fi
  rm -f "$dir/url"
  nohup "$dir/venv/bin/python" "$here/testbed_server.py" --port "$port" --ready-file "$dir/url" >"$dir/log" 2>&1 </dev/null &
  echo $! > "$dir/pid"
  for _ in $(seq 1 600); do
    [ -s "$dir/url" ] && break
    alive || { echo "testbed died:" >&2; tail -20 "$dir/log" >&2; exit 1; }
    sleep 0.05
  done
  [ -s "$dir/url" ] || { echo "testbed not ready after 30 s" >&2; stop; exit 1; }
  cat "$dir/url"; echo
}
stop() {
  if alive; then p="$(cat "$dir/pid")"; kill "$p"; for _ in $(seq 1 40); do kill -0 "$p" 2>/dev/null || break; sleep 0.05; done; kill -9 "$p" 2>/dev/null || true; fi
  rm -f "$dir/pid" "$dir/url"
}
case "${1:-start}" in
  setup) setup ;;
  start) start ;;
  stop) stop ;;
  status) if alive; then cat "$dir/url"; echo; else echo stopped; exit 1; fi ;;
  run) shift; url="$(start)"; trap stop EXIT
       AWS_ENDPOINT_URL="$url" AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true "$@" ;;
  *) sed -n 2,6p "${BASH_SOURCE[0]}"; exit 2 ;;
esac
