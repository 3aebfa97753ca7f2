import { quote } from '../exec/quote.ts'
import { CATALOGUE, type Entry, FILES, KINDS, MEGABYTES, SECONDS } from './catalogue.ts'

/**
 * A plain POSIX shell script that collects one host as `culprit collect` does, for machines where nothing may be installed. It asks for
 * nothing but a shell; what is missing is left out and written down. Secrets are masked by sed.
 */
export function collectScript(): string {
  const host = CATALOGUE.filter(({ scope }) => scope === 'host')
  const everywhere = CATALOGUE.filter(({ scope }) => scope === 'namespace')
  return `${HEAD}
everywhere() {
${everywhere.flatMap(lines).join('\n')}
}
host() {
${host.flatMap(lines).join('\n')}
  run docker/inspect.json 30 67108864 mask sh -c 'docker inspect $(docker ps -aq --no-trunc)'
  run docker/network.json 30 67108864 mask sh -c 'docker network inspect $(docker network ls -q --no-trunc)'
  for f in ${FILES.join(' ')}; do
    if [ -f "$f" ]; then run "files$f" 5 1048576 mask cat "$f"; fi
  done
}
cluster() {
  k=
  for f in /etc/kubernetes/admin.conf /etc/rancher/k3s/k3s.yaml /etc/rancher/rke2/rke2.yaml; do [ -r "$f" ] && k=$f && break; done
  [ -n "$k" ] || return 0
  command -v kubectl >/dev/null 2>&1 || return 0
${KINDS.map(({ file, argv }) => `  run ${quote([file])} 45 125829120 mask kubectl "--kubeconfig=$k" --request-timeout=30s ${quote([...argv, '-o', 'json'])}`).join('\n')}
}
${TAIL}`
}

const lines = (entry: Entry): readonly string[] => [
  `  ${command(entry)}`,
  ...(entry.fallback ? [`  [ "$code" = 0 ] || ${command(entry.fallback)}`] : []),
]

function command({ file, argv, seconds = SECONDS, megabytes = MEGABYTES, unless = [], masked }: Entry): string {
  // What a shell cannot tell apart it leaves out.
  const filter = file === 'ps.txt' ? 'names' : masked ? 'mask' : 'cat'
  const guard = unless.map((program) => `has ${quote([program])} || `).join('')
  return `${guard}run ${quote([file])} ${seconds} ${megabytes * 1024 * 1024} ${filter} ${quote(argv)}`
}

const HEAD = `#!/bin/sh
# Collects what culprit needs to know of this host's network. Reads only. Run it as root: sh collect.sh [-o FILE.tar.gz]
# Every command has limits of time and size; what is missing or fails is left out, and stands in collect.txt.
set -u
umask 077
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin LC_ALL=C; export PATH LC_ALL
name=$(uname -n | tr -c 'A-Za-z0-9._\\n-' _)
out=culprit-$name.tar.gz
while [ $# -gt 0 ]; do
  case $1 in
    -o) out=\${2:?-o needs a file}; shift 2 ;;
    *) echo "usage: sh collect.sh [-o FILE.tar.gz]" >&2; exit 2 ;;
  esac
done
work=$(mktemp -d "\${TMPDIR:-/tmp}/culprit-collect.XXXXXX") || exit 3
trap 'rm -rf "$work" "$out.partial"' EXIT
trap 'exit 3' HUP INT TERM
full() { echo "error: $1: cannot be written (is the disk full? TMPDIR=FOLDER takes another one)" >&2; exit 3; }
has() { command -v "$1" >/dev/null 2>&1; }
T=; ! has timeout || T=timeout
if [ -n "$T" ] && timeout -k 1 5 true 2>/dev/null; then T='timeout -k 1'; fi

# Programs of the system before those that a shell brings along, which may know less.
path_of() {
  (IFS=:; for d in $PATH; do [ -f "$d/$1" ] && [ -x "$d/$1" ] && { echo "$d/$1"; exit 0; }; done; echo "$1")
}

# Environment variables, passwords, tokens and keys become ***.
mask() {
  sed -e '/^ *"Env": \\[$/,/^ *\\]/ s/^\\( *"[A-Za-z_][A-Za-z0-9_]*=\\).*\\("\\,*\\)$/\\1***"/' \\
    -e '/^ *"Env": \\[$/,/^ *\\]/ { /=\\*\\*\\*"$/ s/$/,/; }' \\
    -e '/"env": \\[/,/\\]/ s/^\\( *"value": "\\).*"/\\1***"/' \\
    -e 's/"kubectl.kubernetes.io\\/last-applied-configuration": ".*"/"kubectl.kubernetes.io\\/last-applied-configuration": "***"/' \\
    -e 's/eyJ[A-Za-z0-9_-]\\{10,\\}\\.[A-Za-z0-9_-]\\{10,\\}\\.[A-Za-z0-9_-]*/***/g' \\
    -e 's/\\([Bb]earer \\)[A-Za-z0-9._~+\\/=-]\\{8,\\}/\\1***/g' \\
    -e '/-----BEGIN [A-Z ]*PRIVATE KEY-----/,/-----END [A-Z ]*PRIVATE KEY-----/ s/.*/***/' \\
    -e 's/\\([Pp]assword\\|[Pp]asswd\\|[Ss]ecret\\|[Tt]oken\\|[Aa]pi[_-]\\{0,1\\}[Kk]ey\\|fastopen_key\\)\\([A-Za-z0-9_.-]\\{0,40\\}["'"'"']\\{0,1\\} \\{0,4\\}[:=] \\{0,4\\}["'"'"']\\{0,1\\}\\)[^ "'"'"',;{}[][^ "'"'"',;}]*/\\1\\2***/g'
}

# Of ps -ef the programs without their arguments, but for Kubernetes and engines.
names() {
  awk '$8 ~ /kube|docker|containerd|k3s|rke2|flannel|calico|cilium/ || NR == 1 { print; next } { print $1, $2, $3, $4, $5, $6, $7, $8 }' | mask
}

# run FILE SECONDS BYTES FILTER COMMAND...: its output into the folder $at
run() {
  file=$1 seconds=$2 bytes=$3 filter=$4; shift 4
  if ! has "$1"; then echo "$at/$file: $1 is not installed" >>"$work/collect.txt"; code=127; return 0; fi
  mkdir -p "$work/$at/$(dirname "$file")" || full "$work"
  program=$(path_of "$1"); shift; set -- "$program" "$@"
  [ -z "$T" ] || set -- $T "$seconds" "$@"
  { $into "$@" 2>"$work/said" </dev/null; echo $? >"$work/code"; } | head -c "$bytes" | $filter >"$work/$at/$file" || full "$work"
  code=$(cat "$work/code")
  if [ "$code" != 0 ]; then
    echo "$at/$file: exit code $code: $(head -n 1 "$work/said" | cut -c 1-200)" >>"$work/collect.txt"
    [ -s "$work/$at/$file" ] || rm -f "$work/$at/$file"
  fi
  echo "$at/$file" >&2
}
`

const TAIL = `
at=hosts/$name into=
everywhere
host
at=cluster
cluster
# Network namespaces of pods and containers: each inode once, the name of a mount before a process' number.
own=$(stat -L -c %i /proc/self/ns/net)
seen=" $own $(stat -L -c %i /proc/1/ns/net 2>/dev/null) "
for path in /run/netns/* /run/docker/netns/* /proc/[0-9]*/ns/net; do
  inode=$(stat -L -c %i "$path" 2>/dev/null) || continue
  case $seen in *" $inode "*) continue ;; esac
  case $path in
    /proc/*) pid=\${path#/proc/}; space=pid-\${pid%/ns/net} ;;
    *) space=$(basename "$path" | tr -c 'A-Za-z0-9._\\n-' _) ;;
  esac
  seen="$seen$inode "
  nsenter --net="$path" true 2>/dev/null </dev/null || continue
  at=hosts/$name/netns/$space into="nsenter --net=$path"
  case $path in *[!A-Za-z0-9/._-]*) continue ;; esac
  everywhere
done
rm -f "$work/said" "$work/code"
{ (cd "$work" && tar cf - hosts $([ -d cluster ] && echo cluster) $([ -f collect.txt ] && echo collect.txt)) | gzip >"$out.partial" && mv "$out.partial" "$out"; } || full "$out"
echo "$out"
`
