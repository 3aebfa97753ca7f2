import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A file of deploy/. */
export const deployed = (name: string): string => fileURLToPath(new URL(`../../deploy/${name}`, import.meta.url))

/** A line `Key=value` of a unit, with the section that it stands in. */
export interface Setting {
  readonly section: string
  readonly key: string
  readonly value: string
}

/** Reads a unit as systemd.syntax(7) describes it. Throws at a line that is neither comment, section nor setting. */
export function readUnit(name: string): readonly Setting[] {
  let section = ''
  return readFileSync(deployed(name), 'utf8')
    .split('\n')
    .flatMap((line, i): readonly Setting[] => {
      if (line.trim() === '' || /^[#;]/.test(line)) return []
      const [, head] = /^\[(\w+)\]$/.exec(line) ?? []
      if (head !== undefined) {
        section = head
        return []
      }
      const [, key, value = ''] = /^([A-Z][A-Za-z]+)=(.*)$/.exec(line) ?? []
      if (key === undefined || section === '') throw new Error(`${name}:${i + 1}: neither section nor setting: ${line}`)
      return [{ section, key, value }]
    })
}

/** `net_admin`, as setpriv(1) names the capabilities of the unit's bounding set. */
export const capabilitiesOf = (unit: readonly Setting[]): readonly string[] =>
  unit
    .filter(({ key }) => key === 'CapabilityBoundingSet')
    .flatMap(({ value }) => value.split(/\s+/).map((name) => name.replace(/^CAP_/, '').toLowerCase()))

/** Runs a command as root with these capabilities only, and none to be had back. */
export const withCapabilities = (capabilities: readonly string[], argv: readonly string[]): readonly string[] => [
  'setpriv',
  '--no-new-privs',
  `--bounding-set=-all${capabilities.map((name) => `,+${name}`).join('')}`,
  '--inh-caps=-all',
  '--',
  ...argv,
]
