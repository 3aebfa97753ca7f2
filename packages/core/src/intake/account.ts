import type { TextFile } from './format.ts'

/** Files that `culprit collect` could only keep the beginning of, as its account (`collect.json`) beside them says: what is absent there may exist. */
export function cutFiles(files: readonly TextFile[]): ReadonlySet<string> {
  const cut = new Set<string>()
  for (const { path, text } of files) {
    if (!/(?:^|\/)collect\.json$/.test(path)) continue
    const folder = path.slice(0, -'collect.json'.length)
    for (const file of attemptsIn(text)) cut.add(`${folder}${file}`)
  }
  return cut
}

function attemptsIn(text: string): readonly string[] {
  try {
    const { attempts } = JSON.parse(text) as { readonly attempts?: unknown }
    if (!Array.isArray(attempts)) return []
    return attempts.flatMap((attempt: Readonly<Record<string, unknown>> | null) => {
      const { outcome, file } = attempt ?? {}
      return outcome === 'cut' && typeof file === 'string' ? [file] : []
    })
  } catch {
    return []
  }
}
