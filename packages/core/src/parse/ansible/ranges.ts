/** More hosts than this are no inventory. */
const MOST = 20_000

/**
 * Host names with ranges: `node[01:10]`, `node[1:9:2]`, `db-[a:f]`, several in one name. undefined where a range is none, or gives too many.
 * @example namesOf('n[08:10]') // ['n08', 'n09', 'n10']
 */
export function namesOf(pattern: string): readonly string[] | undefined {
  let names = ['']
  let rest = pattern
  for (let open = rest.indexOf('['); open >= 0; open = rest.indexOf('[')) {
    const close = rest.indexOf(']', open)
    const parts = close < 0 ? undefined : rangeOf(rest.slice(open + 1, close))
    if (!parts || names.length * parts.length > MOST) return undefined
    const before = rest.slice(0, open)
    names = names.flatMap((name) => parts.map((part) => name + before + part))
    rest = rest.slice(close + 1)
  }
  return names.map((name) => name + rest)
}

function rangeOf(text: string): readonly string[] | undefined {
  const [first = '', last = '', step = '1', ...more] = text.split(':')
  if (more.length > 0 || !/^\d{1,9}$/.test(step) || Number(step) < 1) return undefined
  const by = Number(step)
  if (/^\d{0,9}$/.test(first) && /^\d{1,9}$/.test(last)) {
    const from = Number(first)
    const width = first.startsWith('0') && first.length > 1 ? first.length : 0
    if (from > Number(last) || (Number(last) - from) / by > MOST) return undefined
    return Array.from({ length: Math.floor((Number(last) - from) / by) + 1 }, (_, i) => String(from + i * by).padStart(width, '0'))
  }
  if (!/^[A-Za-z]$/.test(first) || !/^[A-Za-z]$/.test(last) || first > last) return undefined
  const codes = Array.from(
    { length: Math.floor((last.charCodeAt(0) - first.charCodeAt(0)) / by) + 1 },
    (_, i) => first.charCodeAt(0) + i * by,
  )
  return codes.map((code) => String.fromCharCode(code)).filter((letter) => /[A-Za-z]/.test(letter))
}
