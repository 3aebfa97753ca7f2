import type { Symptom } from '../../diagnose/scene.ts'
import { escapeHtml } from '../escape.ts'
import { stationsOf } from '../trace/stations.ts'
import type { Block } from './block.ts'
import { contentOf } from './content.ts'
import type { Diagnosed } from './diagnosed.ts'
import { wayDrawing } from './drawing.ts'

/** The whole report as one HTML file: no scripts, nothing from elsewhere, the packet's way drawn. Nothing of the evidence becomes markup. */
export function diagnosisHtml(diagnosed: Diagnosed): string {
  const blocks = contentOf(diagnosed, true)
  const [title] = blocks
  const body = blocks.map((block) => (block.kind === 'lines' ? `${drawing(diagnosed)}${set(block)}` : set(block))).join('\n')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title?.kind === 'heading' ? escapeHtml(title.text) : 'culprit'}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`
}

function drawing({ diagnosis }: Diagnosed): string {
  const symptom = diagnosis.symptoms.find(({ outcomes }: Symptom) => outcomes.length > 0)
  const outcome = symptom?.outcomes.find(({ verdict }) => verdict === 'dropped' || verdict === 'rejected') ?? symptom?.outcomes[0]
  return outcome ? wayDrawing(stationsOf(outcome), outcome) : ''
}

function set(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `<h${block.level}>${escapeHtml(block.text)}</h${block.level}>`
    case 'text':
      return `<p class="${block.tone ?? 'plain'}">${escapeHtml(block.text)}</p>`
    case 'list':
      return `<ul>${block.items.map(({ text, source }) => `<li>${escapeHtml(text)}${source === undefined ? '' : ` <code class="source">${escapeHtml(source)}</code>`}</li>`).join('')}</ul>`
    case 'commands':
      return block.lines
        .map(
          ({ command, note }) =>
            `${note === '' ? '' : `<p class="note">${escapeHtml(note)}</p>`}<pre><code>${escapeHtml(command)}</code></pre>`,
        )
        .join('')
    case 'lines':
      return `<pre>${block.lines.map(escapeHtml).join('\n')}</pre>`
    case 'table':
      return `<table><thead><tr>${block.head.map((cell) => `<th>${escapeHtml(cell)}</th>`).join('')}</tr></thead><tbody>${block.rows
        .map((row) => `<tr>${row.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`)
        .join('')}</tbody></table>`
  }
}

const STYLE = `
:root { color-scheme: light dark; --fg: #1b1b1b; --bg: #fff; --dim: #5c5c5c; --line: #d4d4d4; --bad: #b3261e; --good: #1b6e3c; --unsure: #8a5a00; --box: #f5f5f5 }
@media (prefers-color-scheme: dark) { :root { --fg: #eaeaea; --bg: #161616; --dim: #a5a5a5; --line: #3d3d3d; --bad: #ff8a80; --good: #7bd88f; --unsure: #ffc46b; --box: #222 } }
body { margin: 0; background: var(--bg); color: var(--fg); font: 16px/1.5 system-ui, sans-serif }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem } h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; border-bottom: 1px solid var(--line) } h3 { font-size: 1rem; margin: 1.2rem 0 .3rem }
p { margin: .4rem 0 } p.bad { color: var(--bad); font-weight: 600 } p.good { color: var(--good) } p.unsure { color: var(--unsure); font-weight: 600 } p.note { color: var(--dim); margin: .6rem 0 .1rem }
pre { background: var(--box); padding: .6rem .8rem; overflow-x: auto; border-radius: 4px; margin: .2rem 0 .6rem } code.source { color: var(--dim); font-size: .85em }
ul { margin: .3rem 0; padding-left: 1.2rem } li { overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100%; font-size: .9rem } th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere }
svg { max-width: 100%; height: auto } svg text { fill: var(--fg); font: 13px system-ui, sans-serif } svg .box { fill: var(--box); stroke: var(--line) } svg .end { stroke: var(--bad); stroke-width: 2 } svg .dim { fill: var(--dim) } svg path { stroke: var(--dim); fill: none }
`
