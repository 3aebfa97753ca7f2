import type { Audit } from '../../repair/firewall/audit.ts'
import type { FirewallProgram } from '../../repair/firewall/drafts.ts'
import { type HostNeeds, portText } from '../../repair/firewall/needs.ts'
import { escapeAll } from '../escape.ts'
import type { Style } from '../style.ts'

/** What a host needs, what of it is open, and what is open beside it. */
export function firewallReport(given: HostNeeds, found: Audit, program: FirewallProgram, style: Style): string {
  const [needs, audit] = [escapeAll(given), escapeAll(found)]
  const lines = [
    `${style.strong(needs.host)}: ${needs.roles.join(', ')}; ${program === 'none' ? 'no firewall refuses anything' : `guarded by ${program}`}`,
    ...audit.needs.map(({ need, state, refused }) => {
      const from = need.from === 'everyone' ? 'everyone' : need.from === 'nodes' ? 'the nodes' : 'the control plane'
      const some = refused.length > 0 && refused.length < need.sources.length ? ` (refused: ${refused.join(', ')})` : ''
      return `  ${mark(state, style)}  ${portText(need).padEnd(16)} from ${from.padEnd(18)} ${need.what}${some}`
    }),
    ...audit.trusts.map(
      ({ trust, state }) => `  ${mark(state, style)}  ${trust.interface.padEnd(16)} ${'trusted'.padEnd(23)} ${trust.what}`,
    ),
    ...audit.superfluous.map(
      ({ port, protocol, process }) =>
        `  ${style.unsure('superfluous')}  ${`${port}/${protocol}`.padEnd(12)} open to everyone, and no role needs it${process === undefined ? '' : ` (${process})`}`,
    ),
    ...needs.notes.map((note) => `  note: ${note}`),
  ]
  return `${lines.join('\n')}\n`
}

function mark(state: Audit['trusts'][number]['state'], style: Style): string {
  const text = state.padEnd(7)
  return state === 'open' ? style.good(text) : state === 'missing' ? style.bad(text) : style.unsure(text)
}
