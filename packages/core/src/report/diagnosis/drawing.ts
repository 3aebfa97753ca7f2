import type { Outcome } from '../../datapath/trace.ts'
import { escapeHtml } from '../escape.ts'
import { type Station, tells } from '../trace/stations.ts'

const WIDTH = 720
const LINE = 20
const MOST_STOPS = 14

/** The packet's way as a picture: a box for each namespace it passes, from the top down, the stop that decided framed. */
export function wayDrawing(stations: readonly Station[], outcome: Outcome): string {
  let y = 10
  const parts = stations.map((station, i) => {
    const stops = station.stops.filter((stop) => stop.decides || tells(stop)).slice(0, MOST_STOPS)
    const height = LINE * (stops.length + 1) + 14
    const box = `<rect class="box" x="10" y="${y}" width="${WIDTH - 20}" height="${height}" rx="6"/>`
    const title = `<text x="24" y="${y + LINE}" font-weight="600">${escapeHtml(`host ${station.host}${station.netns === '' ? '' : `, namespace ${station.netns}`}`)}</text>`
    const lines = stops.map((stop, n) => {
      const at = y + LINE * (n + 2)
      const frame = stop.decides ? `<rect class="box end" x="18" y="${at - 15}" width="${WIDTH - 36}" height="${LINE}" rx="4"/>` : ''
      const { step } = stop
      const what = [step.hook, step.table, stop.path.at(-1), step.effect, ...stop.changes]
        .filter((part) => part !== undefined && part !== '')
        .join('  ')
      const text = what === '' || step.kind !== 'rule' ? `${step.kind}  ${step.text}` : what
      return `${frame}<text x="36" y="${at}">${escapeHtml(text.length > 100 ? `${text.slice(0, 99)}…` : text)}</text>`
    })
    const arrow = i === 0 ? '' : `<path d="M ${WIDTH / 2} ${y - 16} L ${WIDTH / 2} ${y - 2} m -4 -6 l 4 6 l 4 -6"/>`
    y += height + 18
    return `${arrow}${box}${title}${lines.join('')}`
  })
  const end = `${outcome.verdict} (${outcome.reason}); the sender sees: ${outcome.connection}`
  return `<svg role="img" viewBox="0 0 ${WIDTH} ${y + 24}" aria-label="${escapeHtml(`The packet's way: ${end}`)}">${parts.join('')}<text class="dim" x="24" y="${y + 8}">${escapeHtml(end)}</text></svg>`
}
