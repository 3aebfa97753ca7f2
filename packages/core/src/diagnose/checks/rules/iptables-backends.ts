import type { IptablesRuleset } from '../../../netfilter/iptables/ast.ts'
import { because, type Check, type Found, missing, seen, together } from '../check.ts'
import { capturedHosts } from '../scene.ts'

/** Chains that programs make; where both back ends hold them one copy is left over. */
const OWNED = /^(?:KUBE-|DOCKER|CNI-|FLANNEL-|cali-|WEAVE)/

export const iptablesBackends: Check = {
  id: 'iptables-backends',
  holds: 'rules stand in one back end of iptables only',
  why: 'one tool does not show the other’s rules, and both act: the older copy still translates or drops',
  evidence: ['hosts/HOST/iptables-legacy-save.txt', 'hosts/HOST/iptables-nft-save.txt'],
  causes: ['backend.mixed'],
  run: (scene) =>
    together(
      capturedHosts(scene).map(({ name, root, folder }) => {
        const rulesets = root.iptables.filter(({ family }) => family === 'ip')
        const legacy = rulesets.find(({ backend }) => backend === 'legacy')
        const nft = rulesets.find(({ backend }) => backend === 'nft')
        if (rulesets.length === 0) return missing(`${folder}/iptables-save.txt`)
        if (!legacy || !nft)
          return rulesets.length > 0 && rulesets.every(({ backend }) => backend !== 'unknown')
            ? seen()
            : missing(`${folder}/iptables-legacy-save.txt and iptables-nft-save.txt`)
        return seen(mixed(name, legacy, nft))
      }),
    ),
}

function mixed(host: string, legacy: IptablesRuleset, nft: IptablesRuleset): Found | undefined {
  const [old, now] = [rulesIn(legacy), rulesIn(nft)]
  if (old === 0 || now === 0) return undefined
  const both = [...ownedChains(legacy)].filter((chain) => ownedChains(nft).has(chain))
  const [fewer, more] = old < now ? [legacy, nft] : [nft, legacy]
  return {
    severity: both.length > 0 ? 'error' : 'warning',
    cause: 'backend.mixed',
    host,
    object: `iptables-${fewer.backend}`,
    text:
      both.length > 0
        ? `${both.slice(0, 3).join(', ')} stand in both back ends of iptables (${old} rules in legacy, ${now} in nft): one copy is left over, and still acts`
        : `both back ends of iptables hold rules (${old} in legacy, ${now} in nft)`,
    because: [
      because(`${rulesIn(fewer)} rules of iptables-${fewer.backend}`, { file: fewer.file, line: 1 }),
      because(`${rulesIn(more)} rules of iptables-${more.backend}`, { file: more.file, line: 1 }),
    ],
  }
}

const rulesIn = ({ tables }: IptablesRuleset): number =>
  tables.reduce((sum, { chains }) => sum + [...chains.values()].reduce((rules, chain) => rules + chain.rules.length, 0), 0)

/** With rules in them: an empty chain does nothing. */
function ownedChains({ tables }: IptablesRuleset): ReadonlySet<string> {
  return new Set(
    tables.flatMap(({ chains }) =>
      [...chains.values()].filter((chain) => OWNED.test(chain.name) && chain.rules.length > 0).map(({ name }) => name),
    ),
  )
}
