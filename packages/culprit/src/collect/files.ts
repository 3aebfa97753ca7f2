import { succeeded } from '../exec/executor.ts'
import { type Entry, FILES } from './catalogue.ts'
import { collectBatch, type Run } from './host.ts'

/** Files at most. */
const MOST = 100

/** The patterns are the catalogue's own: what the shell expands them to comes back as lines. */
const LIST = `for f in ${FILES.join(' ')}; do [ -f "$f" ] && [ -r "$f" ] && printf '%s\\n' "$f"; done; true`

/** Takes the files of the catalogue that the host has. */
export async function collectFiles(run: Run): Promise<void> {
  const { executor, signal } = run
  const listed = await executor.run({ argv: ['sh', '-c', LIST], signal })
  if (!succeeded(listed)) return
  const paths = listed.stdout.split('\n').filter((path) => /^\/[\w./@:+-]+$/.test(path) && !path.split('/').includes('..'))
  const entries = paths.slice(0, MOST).map(
    (path): Entry => ({
      file: `files${path}`,
      argv: ['cat', path],
      scope: 'host',
      without: path,
      seconds: 5,
      megabytes: 1,
      masked: true,
      optional: true,
    }),
  )
  await collectBatch(run, entries)
}
