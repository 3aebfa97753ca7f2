import type { Tried } from './attempts.ts'
import type { Page } from './page.ts'

/** Somebody complains that a port is open: of what, and against whose rules. */
const COMPLAINT =
  /\b(?:should(?: not|n['’]?t) be (?:able to )?(?:reach(?:able|ed)?|access(?:ible|ed)?|open|connect)|(?:still|yet|nevertheless|anyway|even though)\b.{0,60}\b(?:reachable|accessible|exposed|open to)|(?:ufw|firewalld?|iptables|firewall)\b.{0,40}\b(?:does(?: not|n['’]?t) (?:block|apply|filter|protect|work|stop)|not (?:block|filter|stop)(?:ing)?|is (?:ignored|bypassed)|has no effect)|bypass(?:es|ed|ing)? (?:the )?(?:ufw|firewalld?|iptables|firewall|host firewall)|(?:ignor(?:es|ing)|circumvents?) (?:the |my )?(?:ufw|firewalld?|firewall))\b/i

/** Lines between a complaint and the attempt that it is about. */
const NEAR = 40

/** Attempts from outside that connect, in notes that complain of it: they should not. One that fails beside them shows what the firewall does. */
export function exposedAs(page: Page, attempts: readonly Tried[]): readonly Tried[] {
  const complaints = page.lines.flatMap((line, i) => (!page.covered.has(i) && line.length < 600 && COMPLAINT.test(line) ? [i + 1] : []))
  if (complaints.length === 0) return attempts
  const isMeant = ({ from, result, line }: Tried): boolean =>
    (from.kind === 'outside' || from.kind === 'unknown') && result === 'connects' && complaints.some((at) => Math.abs(at - line) <= NEAR)
  return attempts.map((one) =>
    isMeant(one) && one.to.port !== undefined ? { ...one, from: { ...one.from, kind: 'outside' }, result: 'exposed' } : one,
  )
}
