import type { Namespace } from '@culprit/core/model/namespace'
import type { FirewallProgram } from '@culprit/core/repair/firewall/drafts'
import { inputChains } from '@culprit/core/repair/firewall/drafts'
import { type Executor, succeeded } from '../exec/executor.ts'

/** The firewall that guards a machine: the program that manages it before the rules that it writes. */
export async function firewallOf(executor: Executor, namespace: Namespace): Promise<FirewallProgram> {
  const says = async (argv: readonly string[], word: RegExp): Promise<boolean> => {
    const ran = await executor.run({ argv, timeout: 10_000 })
    return succeeded(ran) && word.test(ran.stdout)
  }
  if (await says(['firewall-cmd', '--state'], /^running/)) return 'firewalld'
  if (await says(['ufw', 'status'], /^Status: active/m)) return 'ufw'
  return rulesOf(namespace)
}

/** Of a machine without such a program, or of evidence alone. */
export function rulesOf(namespace: Namespace): FirewallProgram {
  const refuses = namespace.iptables.some(({ family, tables }) => {
    const input = family === 'ip' ? tables.find(({ name }) => name === 'filter')?.chains.get('INPUT') : undefined
    return input?.policy === 'DROP' || (input?.rules.length ?? 0) > 0
  })
  if (refuses) return 'iptables'
  return inputChains(namespace).length > 0 ? 'nftables' : 'none'
}
