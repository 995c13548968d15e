# shellcheck shell=bash
# What the scripts in bin/ share. Source it first: it moves to the repository's root, wherever the caller stood.

set -euo pipefail

SCRIPT=${0##*/}
# shellcheck disable=SC2034  # read by the scripts that take a file name from the caller
CALLER_DIR=$PWD
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$ROOT"
# shellcheck disable=SC2034  # read by the scripts
PYTHON_IN_VENV=$ROOT/.venv/bin/python

say() { printf '%s: %s\n' "$SCRIPT" "$*"; }

fail() {
  printf '%s: FAILED: %s\n' "$SCRIPT" "$1" >&2
  shift
  [ $# -eq 0 ] || printf '  %s\n' "$@" >&2
  exit 1
}

# Prints the comment block at the top of the calling script: the help cannot drift from the file.
usage() { awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$ROOT/bin/$SCRIPT"; }

# logged NAME COMMAND...: the command's output goes to var/log/NAME.log and is shown only if it fails.
logged() {
  local log=var/log/$1.log code=0
  shift
  mkdir -p var/log
  "$@" >"$log" 2>&1 </dev/null || code=$?
  [ "$code" -eq 0 ] || { tail -n 25 "$log" >&2; printf '%s: the whole output is in %s\n' "$SCRIPT" "$log" >&2; }
  return "$code"
}

# hash_of FILE...: one SHA-256 over the files' names and contents.
hash_of() { sha256sum -- "$@" | sha256sum | cut -d ' ' -f 1; }

# Forgets whatever names a database, broker, mail server or address in the caller's environment (each may come as a file
# too): what follows runs on the embedded default.
forget_deployment() {
  unset {DATABASE,REDIS,EMAIL,BASE}_URL{,_FILE} {ALLOWED_HOSTS,HOST,SECRET_KEY,LINK_KEYS,EVIDENCE_KEYS,SIGN_IN_KEYS,OIDC_ISSUER,SAML_ENTITY_ID,SSO_ONLY,VAR_DIR}{,_FILE}
}

# --- the system's packages -------------------------------------------------------------------------------------------

missing_apt() {
  local installed package
  installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
  for package in "$@"; do
    grep -qxF "$package installed" <<<"$installed" || printf '%s\n' "$package"
  done
}

# as_root COMMAND...: straight when root, through sudo otherwise. `env` carries what sudo would strip.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo env DEBIAN_FRONTEND=noninteractive "$@"; fi
}

# need_apt PACKAGE...: installs the Debian packages that are missing; touches nothing when all are there.
need_apt() {
  # For systems without apt, whose owner has installed the same things by other means.
  [ -z "${OFFSWITCH_SYSTEM_READY:-}" ] || return 0
  local missing command
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    fail "this system has no apt-get. Install what these Debian packages hold: $*" \
      "then set OFFSWITCH_SYSTEM_READY=1 and run the same command again."
  fi
  mapfile -t missing < <(missing_apt "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  command="apt-get update && apt-get install --no-install-recommends ${missing[*]}"
  if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
    fail "system packages are missing, and this user is neither root nor has sudo. As root, run:" \
      "$command" "and then the same command again."
  fi
  say "installing system packages: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  # One unreachable extra source must not stop an install that does not need it, so a failed update only warns.
  logged apt-update as_root apt-get update -qq ||
    say "the package lists could not all be updated; trying with those at hand"
  # A freshly started machine often runs its own upgrades: wait for dpkg's lock instead of failing on it.
  logged apt-install as_root apt-get install -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 "${missing[@]}" ||
    fail "the packages could not be installed. Look at the lines above, or run as root:" "$command"
}

# --- Python ----------------------------------------------------------------------------------------------------------

# The candidate is really run: a pyenv shim can exist and fail, and Debian's python3 comes without ensurepip.
usable_python() {
  "$1" -c 'import ensurepip, sqlite3, ssl, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
    >/dev/null 2>&1 </dev/null
}

# Prints the first Python that will do; fails silently when there is none. PYTHON=... names one to prefer.
find_python() {
  local candidate
  for candidate in ${PYTHON:+"$PYTHON"} python3 python3.13 python3.12 python3.11 /usr/bin/python3; do
    if usable_python "$candidate"; then
      printf '%s\n' "$candidate"
      return 0
    fi
  done
  return 1
}

# --- servers on this machine -----------------------------------------------------------------------------------------

# By connecting, not by binding: no Python is needed, and a port in TIME_WAIT counts as free.
port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
