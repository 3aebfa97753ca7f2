import type { MatchModule } from '../module.ts'
import { quote } from '../tokens.ts'
import { unknown } from './decide.ts'
import { sendingSocket } from './local-socket.ts'
import { OptionReader, parseNumber, printOption, U32, words } from './options.ts'

export interface CgroupMatch {
  readonly kind: 'cgroup'
  readonly path?: { readonly path: string; readonly negated: boolean } | undefined
  readonly classId?: { readonly value: number; readonly negated: boolean } | undefined
}

/** xt_cgroup.c: without a socket it is false, negated or not. */
export const cgroup: MatchModule<CgroupMatch> = {
  kind: 'cgroup',
  options: { path: 1, cgroup: 1 },
  read(given) {
    const options = new OptionReader(given)
    const path = options.signed(['path'], (text = '') => (text.length < 512 ? { path: text } : undefined))
    const classId = options.signed(['cgroup'], (text = '') => {
      const value = parseNumber(text, U32)
      return value === undefined ? undefined : { value }
    })
    options.require((path === undefined) !== (classId === undefined), 'cgroup needs either --path or --cgroup')
    return options.finish({ kind: 'cgroup', path, classId })
  },
  print: (match) =>
    words(
      printOption('path', match.path, ({ path }) => quote(path)),
      printOption('cgroup', match.classId, ({ value }) => `${value}`),
    ),
  decide: (_match, scene) => (sendingSocket(scene) === 'no' ? false : unknown('the control group of the program is not known')),
  explain(match) {
    const test = match.path ?? match.classId
    return `${test?.negated ? 'does not belong' : 'belongs'} to a program in control group ${match.path?.path ?? match.classId?.value}`
  },
}
