import { CONTINUE } from '../../action.ts'
import { unknown } from '../../decision.ts'
import { OptionReader } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'
import { words } from './values.ts'

export interface SetDirections {
  readonly name: string
  readonly directions: readonly ('src' | 'dst')[]
}

/** struct xt_set_info_target_v3. */
export interface SetTarget {
  readonly kind: 'SET'
  readonly add?: SetDirections | undefined
  readonly remove?: SetDirections | undefined
  readonly map?: (SetDirections & { readonly mark: boolean; readonly priority: boolean; readonly queue: boolean }) | undefined
  readonly exist: boolean
  readonly timeout?: number | undefined
}

const NAME_MAX = 31
const DIMENSIONS_MAX = 6

function parseSet(name = '', flags = ''): SetDirections | undefined {
  const directions = flags.split(',').map((flag) => (flag === 'src' || flag === 'dst' ? flag : undefined))
  const known = directions.filter((one) => one !== undefined)
  if (name === '' || name.length > NAME_MAX || known.length !== directions.length || known.length > DIMENSIONS_MAX) return undefined
  return { name, directions: known }
}

const printSet = (option: string, set: SetDirections | undefined): string =>
  set ? `--${option} ${set.name} ${set.directions.join(',')}` : ''

export const set: TargetModule<SetTarget> = {
  kind: 'SET',
  options: { 'add-set': 2, 'del-set': 2, 'map-set': 2, exist: 0, timeout: 1, 'map-mark': 0, 'map-prio': 0, 'map-queue': 0 },
  read(given) {
    const options = new OptionReader(given)
    const add = options.value(['add-set'], parseSet)
    const remove = options.value(['del-set'], parseSet)
    const mapped = options.value(['map-set'], parseSet)
    options.require((add ?? remove ?? mapped) !== undefined, 'SET needs a set')
    const map = mapped && {
      ...mapped,
      mark: options.flag('map-mark'),
      priority: options.flag('map-prio'),
      queue: options.flag('map-queue'),
    }
    return options.finish({ kind: 'SET', add, remove, map, exist: options.flag('exist'), timeout: options.number('timeout') })
  },
  print: ({ add, remove, map, exist, timeout }) =>
    words(
      printSet('add-set', add),
      exist && '--exist',
      timeout !== undefined && `--timeout ${timeout}`,
      printSet('del-set', remove),
      printSet('map-set', map),
      map?.mark && '--map-mark',
      map?.priority && '--map-prio',
      map?.queue && '--map-queue',
    ),
  /** set_target_v3(), xt_set.c. Adding and removing leave the packet alone; a map copies the entry's skbinfo to it. */
  act({ map }, scene) {
    if (!map || !(map.mark || map.priority)) return CONTINUE
    if (scene.ipsets.test(map.name, map.directions, scene) === false) return CONTINUE
    return { kind: 'unknown', unknown: unknown(`the mark that set ${map.name} holds for the packet is not known`, 'ipset-save.txt') }
  },
  explain: ({ add, remove, map }) =>
    [
      add && `adds it to set ${add.name}`,
      remove && `removes it from set ${remove.name}`,
      map && `gives it what set ${map.name} holds for it`,
    ]
      .filter(Boolean)
      .join(' and '),
}
