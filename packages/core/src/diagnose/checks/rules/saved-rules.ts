import type { Namespace } from '../../../model/namespace.ts'
import type { IptablesRuleset } from '../../../netfilter/iptables/ast.ts'
import { because, type Check, type Examined, type Found, seen, together } from '../check.ts'
import { capturedHosts, contentsOf, hostPath } from '../scene.ts'

/** Chains that programs write anew whenever they start. */
const WRITTEN = /^(?:KUBE-|DOCKER|CNI-|FLANNEL-|cali-|WEAVE|CILIUM_)/

export const savedRules: Check = {
  id: 'saved-rules',
  holds: 'rules that were saved are in force, and hold none of Docker’s, kube-proxy’s or the network plugin’s',
  why: 'a saved copy of generated rules is loaded at the next start and sends packets to addresses of the past; a saved rule that is gone was flushed',
  evidence: [
    'hosts/HOST/files/etc/iptables/rules.v4',
    'hosts/HOST/files/etc/sysconfig/iptables',
    'hosts/HOST/files/opt/…',
    'hosts/HOST/iptables-save.txt',
  ],
  causes: ['nat.stale-target', 'nat.rules-flushed'],
  run: (scene) =>
    together(
      capturedHosts(scene).flatMap(({ name, root, documents }) =>
        contentsOf(documents, 'iptables').flatMap(({ document, content }): readonly Examined[] => {
          const path = hostPath(document.file)
          if (path === undefined || content.ruleset.family !== 'ip') return []
          return [seen(generated(name, path, content.ruleset), lost(name, root, path, content.ruleset))]
        }),
      ),
    ),
}

function* rulesIn({ tables }: IptablesRuleset) {
  for (const table of tables) for (const chain of table.chains.values()) for (const rule of chain.rules) yield { table: table.name, rule }
}

function generated(host: string, path: string, saved: IptablesRuleset): Found | undefined {
  const own = [...rulesIn(saved)].filter(({ rule }) => WRITTEN.test(rule.chain))
  const [first] = own
  if (!first) return undefined
  return {
    severity: 'warning',
    cause: 'nat.stale-target',
    host,
    object: path,
    text: `${path} holds ${own.length} rules that Docker, kube-proxy or the network plugin write themselves (${first.rule.chain} …): at the next start they are loaded as they were`,
    because: [because(first.rule.text, { file: saved.file, line: first.rule.line })],
  }
}

/** Rules of nobody known that were saved and are gone. */
function lost(host: string, root: Namespace, path: string, saved: IptablesRuleset): Found | undefined {
  const now = root.iptables.filter(({ family, complete }) => family === 'ip' && complete)
  if (now.length === 0) return undefined
  const present = new Set(now.flatMap((ruleset) => [...rulesIn(ruleset)].map(({ table, rule }) => `${table} ${rule.text}`)))
  const gone = [...rulesIn(saved)].filter(
    ({ table, rule }) =>
      !WRITTEN.test(rule.chain) && !present.has(`${table} ${rule.text}`) && !/-j (?:KUBE-|DOCKER|CNI-|FLANNEL)/.test(rule.text),
  )
  const [first] = gone
  if (!first) return undefined
  return {
    severity: 'info',
    cause: 'nat.rules-flushed',
    host,
    object: path,
    text: `${gone.length} of the rules saved in ${path} are not in force: ${first.rule.text}`,
    because: gone.slice(0, 3).map(({ rule }) => because(rule.text, { file: saved.file, line: rule.line })),
  }
}
