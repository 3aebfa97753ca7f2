import { readLines } from '../lines.ts'
import type { HostState, PemBlock } from './state.ts'

/** Certificates and keys in PEM (RFC 7468); what they say is read where there is a library for it. */
export function readPem(text: string, file: string): HostState {
  const blocks: PemBlock[] = []
  const pattern = /-----BEGIN ([A-Z0-9 ]{1,40})-----[A-Za-z0-9+/=\s]*-----END \1-----/g
  for (const found of text.matchAll(pattern))
    blocks.push({ label: found[1] ?? '', text: found[0], line: text.slice(0, found.index).split('\n').length })
  return { kind: 'pem', blocks, source: { file, line: blocks[0]?.line ?? 1 } }
}

/** `ls -R`, `ls -lR`, `find` and `tree`: every path that is shown, absolute where the listing tells. */
export function readFileListing(text: string, file: string): HostState {
  const paths = new Map<string, number>()
  let folder = ''
  const branch: string[] = []
  for (const { text: line, number } of readLines(text)) {
    const add = (path: string) => paths.set(path.replace(/\/{2,}/g, '/').replace(/(.)\/$/, '$1'), number)
    const twig = /^((?:[\s\u2502|`]{1,4}|\u00a0)*)(?:\u251c\u2500\u2500|\u2514\u2500\u2500|\|--|`--)\s(.+)$/.exec(line)
    if (twig) {
      const depth = Math.round((twig[1] ?? '').length / 4)
      branch.length = depth
      branch.push((twig[2] ?? '').replace(/ -> .*/, ''))
      add(`${folder}/${branch.join('/')}`)
    } else if (/^\/\S*:?$/.test(line.trim())) {
      folder = line.trim().replace(/:$/, '')
      add(folder)
    } else {
      const long = /^[-dlbcps][-rwxsStT]{9}[.+@]?\s+\d+\s+\S+\s+\S+\s+\d+\s+.*\d\d(?::\d\d|\d\d)\s(.+)$/.exec(line)
      const name = (long?.[1] ?? (folder === '' ? '' : line.trim())).replace(/ -> .*/, '')
      if (name !== '' && name !== '.' && name !== '..' && !/^total \d/.test(name)) add(`${folder}/${name}`)
    }
  }
  return { kind: 'file-listing', paths, source: { file, line: 1 } }
}
