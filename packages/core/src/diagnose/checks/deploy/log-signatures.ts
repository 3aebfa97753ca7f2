import { because, type Check, type Found, NOTHING } from '../check.ts'

/** Logs and events of a bundle tell of the past; what somebody pasted, or gave by itself, is what troubles him now. */
const PAST = /(?:^|\/)(?:hosts\/[^/]+|cluster)\/|^logs\//

export const logSignatures: Check = {
  id: 'log-signatures',
  holds: 'no log, note or event holds an error text whose meaning is known',
  why: 'the text names what is wrong',
  evidence: ['hosts/HOST/logs/*.log', 'notes.md', 'cluster/events.json'],
  causes: [],
  run(scene) {
    const read = scene.documents.some(({ content, text }) => text !== undefined || content.kind === 'kubernetes')
    if (!read && scene.matches.length === 0) return NOTHING
    // A row of a table in notes is met as text, and as the pod that it shows.
    const once = new Map(scene.matches.map((match) => [`${match.signature.id} ${match.source.file} ${match.source.line}`, match]))
    const findings = [...once.values()].map(({ signature, text, source, count, host }): Found => {
      const past = PAST.test(source.file)
      return {
        severity: signature.severity === 'error' && past ? 'warning' : signature.severity,
        cause: signature.cause,
        host,
        object: signature.id,
        text: `${signature.title}: ${text.trim().slice(0, 300)}${count > 1 ? ` (${count} times)` : ''}`,
        because: [because(text.trim(), source), because(signature.means, undefined)],
        runbook: signature.runbook ?? '',
      }
    })
    return { looked: 1, findings, missing: [] }
  },
}
