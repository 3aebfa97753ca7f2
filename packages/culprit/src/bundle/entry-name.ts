/** An archive entry's name as a path inside the bundle, or why it is refused. */
export type EntryName = { readonly kind: 'path'; readonly path: string } | { readonly kind: 'refused'; readonly why: string }

/** Names that would leave the folder that they are unpacked to are refused, whichever system's rules they speak. `./` and `//` are cleaned. */
export function entryName(name: string): EntryName {
  const refused = (why: string): EntryName => ({ kind: 'refused', why })
  if (name.includes('\0')) return refused('its name holds a NUL byte')
  if (/^[/\\]/.test(name)) return refused('its name is an absolute path')
  if (/^[A-Za-z]:[/\\]/.test(name)) return refused('its name begins with a drive letter')
  if (name.length > 4096) return refused('its name is longer than 4096 characters')
  const parts = name.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.some((part) => part.split('\\').includes('..'))) return refused('its name leaves the archive (`..`)')
  if (parts.some((part) => part.includes('\\'))) return refused('its name holds a backslash, which some systems take for a separator')
  return { kind: 'path', path: parts.join('/') }
}
