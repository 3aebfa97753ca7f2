import type { Command, Ran } from './executor.ts'
import { ran } from './executor.ts'
import { quote } from './quote.ts'

/**
 * What runs on the far side, in any POSIX shell: the command, and beside it a watcher that waits for the end of standard input. That comes
 * when the connection goes, for whatever reason; the command's process group (sshd makes one for each command) is ended then, so that nothing
 * runs on after a timeout or a broken line. Standard input of the command itself comes first, counted in bytes.
 * The last line on standard error says how it went: without it the connection was lost.
 */
const SCRIPT = `m=$1 n=$2; shift 2
PATH=\${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin LC_ALL=C; export PATH LC_ALL
command -v "$1" >/dev/null 2>&1 || { echo "$m not-found 127" >&2; exit 127; }
exec 3<&0 </dev/null
if [ "$n" -gt 0 ]; then d=$(head -c "$n" <&3; echo x); printf %s "\${d%x}" | "$@" 3<&- & else "$@" 3<&- & fi
c=$!
{ read -r d <&3; trap "" TERM; kill -TERM 0; sleep 1; kill -KILL 0; } >/dev/null 2>&1 &
w=$!
wait "$c"; s=$?
kill "$w"; wait "$w" 2>/dev/null
echo "$m exited $s" >&2
exit "$s"`

/** The line for the remote login shell, whichever it is. `mark` is a word that the command cannot know. */
export function remoteLine({ argv, stdin = '' }: Command, mark: string): string {
  return quote(['exec', 'sh', '-c', SCRIPT, 'culprit', mark, String(Buffer.byteLength(stdin)), ...argv])
}

/** Reads the last line, and takes it away. `ssh` is what the ssh program itself came to. */
export function remoteResult(ssh: Ran, mark: string): Ran {
  const at = ssh.stderr.lastIndexOf(`${mark} `)
  const [, how, code] = at < 0 ? [] : (/^\S+ (exited|not-found) (\d{1,3})/.exec(ssh.stderr.slice(at)) ?? [])
  const { bytes, milliseconds } = ssh
  const stderr = at < 0 ? ssh.stderr : ssh.stderr.slice(0, at) + ssh.stderr.slice(at).replace(/^[^\n]*\n?/, '')
  if (ssh.end !== 'exited') return ran(ssh.end, { bytes, stderr, milliseconds })
  if (how === 'not-found') return ran('not-found', { bytes, stderr, milliseconds })
  if (how === undefined) {
    const end = /permission denied \(|host key verification failed/i.test(stderr) ? 'denied' : 'unreachable'
    return ran(end, { bytes, stderr, milliseconds })
  }
  return Number(code) === 126
    ? ran('denied', { bytes, stderr, milliseconds })
    : ran('exited', { code: Number(code), bytes, stderr, milliseconds })
}
