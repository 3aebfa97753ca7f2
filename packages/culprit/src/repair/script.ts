import type { Plan } from '@culprit/core/repair/plan'
import { quote } from '../exec/quote.ts'

/**
 * The program that carries a plan out on the machine itself: plain sh, written before the first change, so that steps end, are journalled and
 * are taken back whatever becomes of culprit or its connection. Arguments are quoted one by one; `backup` takes the place of `{backup}`.
 *
 * `arm SECONDS TICK` takes the machine's lock and starts the timer · `do N` · `undo` · `confirm` · `timer SECONDS TICK` (by arm alone)
 * Exit codes: 0 done; 70 no folder; 73 another repair is unfinished (its id is printed); 75 closed already, or somebody else holds it; 6 stuck.
 */
export function repairScript(plan: Plan, backup: string): string {
  const filled = (argv: readonly string[]): readonly string[] => argv.map((word) => word.replaceAll('{backup}', backup))
  const line = (argv: readonly string[] | null, seconds: number): string =>
    argv === null || argv.length === 0 ? ':' : `within ${seconds} ${quote(filled(argv))}`
  const functions = plan.steps.flatMap((step) => [
    `step_${step.number}() { ${line(step.command, step.timeout)}; }`,
    `back_${step.number}() { ${line(step.undo, step.timeout)}; }`,
    `probe_${step.number}() { ${line(step.probe, 20)}; }`,
    `probed_${step.number}() { ${step.probe === null ? 'false' : 'true'}; }`,
    // Of iptables 4 is a resource that it did not get: the lock that another program holds.
    `blind_${step.number}() { case $1 in 124 | 137${step.probe?.[0]?.includes('tables') ? ' | 4' : ''}) true ;; *) false ;; esac; }`,
  ])
  return `${HEAD}\nsteps=${plan.steps.length}\n${functions.join('\n')}\n${BODY}`
}

const HEAD = `#!/bin/sh
# A repair by culprit. sh run.sh undo takes it back by hand.
umask 077
cd "$(dirname "$0")" || exit 70
PATH="\${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin" LC_ALL=C
export PATH LC_ALL
id=$(basename "$PWD")
within() { s=$1; shift; if command -v timeout >/dev/null 2>&1; then timeout -k 5 "$s" "$@"; else "$@"; fi; }`

const BODY = `
persist() { sync "$1" 2>/dev/null || sync; }
note() {
  [ -s journal ] && [ -n "$(tail -c 1 journal)" ] && echo >>journal
  printf '%s\\t%s\\n' "$1" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >>journal
  persist journal
}
has() { grep -q "^$1	" journal 2>/dev/null; }
closed() { has confirmed || has rolled-back || has stuck; }
ending() { has expired || has rollback; }
hold() { exec 9>>mutex; flock -w 300 9 || { echo "another step holds the repair"; exit 75; }; }
release() { [ "$(cat ../active 2>/dev/null)" = "$id" ] && rm -f ../active; }
# Whether the state could be seen at all; what was answered is kept in either case.
look() { probe_"$1" >"$2" 2>&1 </dev/null 9>&-; seen=$?; echo "= $seen" >>"$2"; persist "$2"; ! blind_"$1" "$seen"; }

do_step() {
  n=$1
  if closed || ending; then echo "the repair is closed"; return 75; fi
  has "done $n" && return 0
  if ! has "start $n"; then
    # What was not seen before could not be told from what was changed.
    if ! look "$n" "before.$n"; then sed '/^= [0-9]*$/d' "before.$n" >"out.$n"; note "unseen $n"; return 4; fi
    note "start $n"
  fi
  step_"$n" >"out.$n" 2>&1 </dev/null 9>&-
  rc=$?
  if [ "$rc" -eq 0 ]; then note "done $n"; else note "failed $n"; fi
  return "$rc"
}

# A step that began and did not end, or failed, may have changed something or nothing: where its state is as before, nothing is left to undo.
undo_step() {
  n=$1
  has "start $n" || return 0
  has "undone $n" && return 0
  for try in 1 2 3 last; do
    if probed_"$n"; then
      if look "$n" "now.$n" && cmp -s "before.$n" "now.$n"; then note "undone $n"; return 0; fi
    fi
    [ "$try" = last ] && break
    note "undo $n"
    if back_"$n" >"undo.$n" 2>&1 </dev/null 9>&-; then note "undone $n"; return 0; fi
    # What began without an end, and shows no state, may have nothing to take back.
    if ! probed_"$n" && ! has "done $n"; then note "undone $n"; return 0; fi
    sleep 1
  done
  note "not-undone $n"
  return 1
}

undo_all() {
  n=$steps
  bad=0
  while [ "$n" -gt 0 ]; do undo_step "$n" || bad=1; n=$((n - 1)); done
  if [ "$bad" -eq 0 ]; then note rolled-back; release; return 0; fi
  note stuck
  return 6
}

case $1 in
arm)
  exec 8>>../mutex
  flock -w 60 8 || exit 75
  other=$(cat ../active 2>/dev/null)
  if [ -n "$other" ] && [ "$other" != "$id" ] && [ -e "../$other/journal" ] && ! grep -qE '^(confirmed|rolled-back)	' "../$other/journal"; then
    echo "$other"
    exit 73
  fi
  printf '%s' "$id" >../active.new && persist ../active.new && mv ../active.new ../active
  cat /proc/sys/kernel/random/boot_id >boot 2>/dev/null
  rm -f timer.pid
  if [ "$4" = systemd ]; then
    systemd-run --quiet --collect --unit="culprit-undo-$id" sh "$PWD/run.sh" timer "$2" "$3" 8>&- || exit 71
  else
    setsid sh ./run.sh timer "$2" "$3" </dev/null >/dev/null 2>&1 8>&- &
  fi
  i=0
  while [ ! -s timer.pid ]; do i=$((i + 1)); [ "$i" -gt 100 ] && exit 71; sleep 0.1 2>/dev/null || sleep 1; done
  ;;
timer)
  i=0
  echo $$ >timer.pid.new && mv timer.pid.new timer.pid
  hold; note armed; exec 9>&-
  while [ "$i" -lt "$2" ]; do
    closed && exit 0
    sleep "$3"
    i=$((i + 1))
  done
  hold
  closed && exit 0
  note expired
  undo_all
  ;;
do)
  setsid sh ./run.sh step "$2" </dev/null >/dev/null 2>&1 &
  wait $!
  rc=$?
  cat "out.$2" 2>/dev/null
  exit "$rc"
  ;;
step) hold; do_step "$2"; exit $? ;;
undo)
  setsid sh ./run.sh back </dev/null >/dev/null 2>&1 &
  wait $!
  exit $?
  ;;
back)
  hold
  has rolled-back && exit 0
  note rollback
  undo_all
  exit $?
  ;;
confirm)
  hold
  has confirmed && exit 0
  # A person has put in order what could not be taken back.
  if has stuck && ! has rolled-back; then note confirmed; release; exit 0; fi
  if closed || ending; then exit 75; fi
  note confirmed
  release
  exit 0
  ;;
*) exit 64 ;;
esac
`
