/**
 * The one way in which text from evidence reaches a terminal. Names, comments and log lines come from machines that may be
 * hostile: control characters could move the cursor or rewrite what was printed, and bidirectional or invisible characters
 * could make a rule read differently than it is (CVE-2021-42574). They are shown as what they are: `\x1b`, `\u{202e}`.
 */
export function escapeTerminal(text: string): string {
  return SUSPICIOUS.test(text) ? text.replace(EACH_SUSPICIOUS, show) : text
}

// C0, DEL, C1; soft hyphen, Arabic letter mark; zero-width characters and directional marks; line and paragraph separators; embeddings,
// overrides and isolates; invisible operators; the byte order mark; interlinear annotations; tags; variation selectors; lone surrogates.
const CLASS =
  '\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff9-\\ufffb\\u{e0000}-\\u{e0fff}\\ud800-\\udfff'
const SUSPICIOUS = new RegExp(`[${CLASS}]`, 'u')
const EACH_SUSPICIOUS = new RegExp(`[${CLASS}]`, 'gu')

function show(character: string): string {
  if (character === '\n') return '\\n'
  if (character === '\t') return '\\t'
  if (character === '\r') return '\\r'
  const code = character.codePointAt(0) ?? 0
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** The same for a page: nothing in it is read as markup, in text or in an attribute. */
export const escapeHtml = (text: string): string =>
  escapeTerminal(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)

/** The same data with every string in it escaped: what a text report begins with, so that no line of it can forget. */
export function escapeAll<T>(value: T): T {
  if (typeof value === 'string') return escapeTerminal(value) as T
  if (Array.isArray(value)) return value.map(escapeAll) as T
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, escapeAll(v)])) as T
}
