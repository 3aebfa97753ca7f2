import type { Decision } from '../../decision.ts'
import type { Scene } from '../../scene.ts'
import type { MatchModule } from '../module.ts'
import { all, signed, unknown } from './decide.ts'
import { hex, OptionReader, parseNumber, printOption, U32, words } from './options.ts'

export interface DevgroupMatch {
  readonly kind: 'devgroup'
  readonly source?: GroupTest | undefined
  readonly destination?: GroupTest | undefined
}

/** `name` of /etc/iproute2/group, or a number under a mask. */
export interface GroupTest {
  readonly name?: string | undefined
  readonly value: number
  readonly mask: number
  readonly negated: boolean
}

/** Group 0 is the one name that every system has. */
const DEFAULT = 'default'

function parseGroup(text = ''): Omit<GroupTest, 'negated'> | undefined {
  const [number = '', maskText] = text.split('/')
  const value = parseNumber(number, U32)
  const mask = maskText === undefined ? U32 : parseNumber(maskText, U32)
  if (value !== undefined) return mask === undefined ? undefined : { value, mask }
  return text !== '' && !text.includes('/') && !/^[\d-]/.test(text) ? { name: text, value: 0, mask: U32 } : undefined
}

const formatGroup = ({ name, value, mask }: GroupTest): string => name ?? (mask === U32 ? hex(value) : `${hex(value)}/${hex(mask)}`)

function holds(test: GroupTest, device: string, scene: Scene): Decision {
  const group = scene.interface(device)?.group
  if (group === undefined) return unknown(`the group of interface ${device || '(none)'} is not known`, 'ip-link.json')
  if (test.name !== undefined && test.name !== DEFAULT)
    return unknown(`the number of interface group ${test.name} is not known`, 'files/etc/iproute2/group')
  return ((group ^ test.value) & test.mask) === 0
}

/** xt_devgroup.c, devgroup_mt(). */
export const devgroup: MatchModule<DevgroupMatch> = {
  kind: 'devgroup',
  options: { 'src-group': 1, 'dst-group': 1 },
  read(given) {
    const options = new OptionReader(given)
    const source = options.signed(['src-group'], parseGroup)
    const destination = options.signed(['dst-group'], parseGroup)
    options.require(source !== undefined || destination !== undefined, 'devgroup needs --src-group or --dst-group')
    return options.finish({ kind: 'devgroup', source, destination })
  },
  print: (match) => words(printOption('src-group', match.source, formatGroup), printOption('dst-group', match.destination, formatGroup)),
  decide: ({ source, destination }, scene) =>
    all([
      source ? signed(holds(source, scene.iif, scene), source.negated) : true,
      destination ? signed(holds(destination, scene.oif, scene), destination.negated) : true,
    ]),
  explain({ source, destination }) {
    const phrase = (way: string, test: GroupTest) => `${way} by an interface ${test.negated ? 'not ' : ''}of group ${formatGroup(test)}`
    return words(source && phrase('comes in', source), source && destination && 'and', destination && phrase('leaves', destination))
  },
}
