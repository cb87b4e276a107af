# shellcheck shell=bash
# What the launcher prints: colours on a terminal only, one line for a failure.

BOLD='' DIM='' GREEN='' RED='' PLAIN=''
PROGRESS_FD=1

use_colours() {
  if [[ -t 1 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
    BOLD=$'\e[1m' DIM=$'\e[2m' GREEN=$'\e[32m' RED=$'\e[31m' PLAIN=$'\e[0m'
  fi
}

say() { printf '%s\n' "$*"; }

# Progress goes to stderr when stdout carries JSON.
progress() { printf '%s\n' "$*" >&"$PROGRESS_FD"; }

# Ends the launcher with one line; the EXIT trap of the command tidies up.
fail() {
  printf '%smooring:%s %s\n' "${RED}" "${PLAIN}" "$*" >&2
  exit 1
}

usage_error() {
  printf 'mooring: %s\n' "$*" >&2
  exit 2
}

now_millis() { local t=${EPOCHREALTIME/[.,]/}; printf '%s' "${t%???}"; }

# The line of a log that says why a program ended: the first that sounds like it, else the last one. Without control
# characters, cut to a readable length.
last_words() {
  local line='' reason='' last=''
  local sounds='^mooring: |^>>> |ERROR|CRITICAL|[Uu]nrecognized|[Uu]nknown option|Bad directive|[Cc]annot|not be created'
  while IFS= read -r line; do
    [[ $line =~ [[:alnum:]] ]] || continue
    last=$line
    [[ -n $reason || ! $line =~ $sounds ]] || reason=$line
  done < <(tail -n 40 "$1" 2>/dev/null)
  line=${reason:-${last:-it ended without a word}}
  line=${line#mooring: }
  printf '%s' "${line//[[:cntrl:]]/ }" | cut -c1-300
}
