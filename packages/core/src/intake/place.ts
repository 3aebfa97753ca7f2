import type { Place } from './document.ts'
import type { TextFile } from './format.ts'

/** Folders inside of a host's folder. */
const INNER = new Set(['docker', 'crictl', 'files', 'logs', 'captures', 'kubernetes'])

/** Names that only a host's (or a namespace's) folder holds. */
const TELLING =
  /^(?:ip6?tables(?:-legacy|-nft)?-save\.txt|nft(?:-list-ruleset)?\.(?:json|txt)|ip-(?:addr|link|route|rule|neigh)\b.*\.(?:json|txt)|bridge-(?:fdb|link)\.(?:json|txt)|sysctl\.txt|conntrack\.txt|ss\.txt|ipvsadm\.txt|ipset-save\.txt)$/

/** The folders of the evidence that are a host's although no `hosts/HOST` leads to them, with the name that their files give it. */
export type HostFolders = ReadonlyMap<string, string | undefined>

/** `hosts/HOST/netns/NAME/…` anywhere in the path; a folder that holds a host's files itself; else nothing is told. */
export function placeOf(file: TextFile, folders: HostFolders): Place {
  const parts = file.path.split('/')
  const folder = parts.slice(0, -1)
  const at = hostsAt(folder)
  if (at >= 0 && folder.length > at + 1) {
    return { host: folder[at + 1], netns: netnsOf(folder.slice(at + 2)) }
  }
  if (file.root === undefined) return { host: undefined, netns: '' }
  const own = hostFolder(folder)
  const key = folderKey(file.root, own)
  if (!folders.has(key)) return { host: undefined, netns: '' }
  return { host: folders.get(key) ?? own.at(-1) ?? file.root, netns: netnsOf(folder.slice(own.length)) }
}

/** Where `hosts` stands: below `files` it is a file's own path (`files/etc/hosts`). */
function hostsAt(folder: readonly string[]): number {
  const files = folder.indexOf('files')
  const above = files < 0 ? -1 : folder.slice(0, files).lastIndexOf('hosts')
  return above >= 0 ? above : folder.lastIndexOf('hosts')
}

/** Finds the folders that are a host's root, and the host's name where a file `hostname` tells it. */
export function hostFolders(files: readonly TextFile[]): HostFolders {
  const found = new Map<string, string | undefined>()
  const names = new Map<string, string>()
  for (const file of files) {
    if (file.root === undefined) continue
    const parts = file.path.split('/')
    const name = parts.at(-1) as string
    const folder = parts.slice(0, -1)
    const own = hostFolder(folder)
    if (folder.includes('hosts')) continue
    const key = folderKey(file.root, own)
    if (TELLING.test(name)) found.set(key, undefined)
    const inside = folder.slice(own.length).join('/')
    if (/^hostname(?:\.txt)?$/.test(name) && (inside === '' || inside === 'files/etc')) {
      const told = file.text.trim().split(/\s/)[0]
      if (told && /^[\w.-]{1,253}$/.test(told)) names.set(key, told)
    }
  }
  for (const key of found.keys()) if (names.has(key)) found.set(key, names.get(key))
  return found
}

const folderKey = (root: string, folder: readonly string[]): string => `${root}\n${folder.join('/')}`

/** The folder without the parts that lie inside of a host's folder. */
function hostFolder(folder: readonly string[]): readonly string[] {
  const at = folder.findIndex((part, i) => INNER.has(part) || (part === 'netns' && i < folder.length - 1))
  return at < 0 ? folder : folder.slice(0, at)
}

const netnsOf = (inside: readonly string[]): string => (inside[0] === 'netns' && inside.length > 1 ? (inside[1] as string) : '')
