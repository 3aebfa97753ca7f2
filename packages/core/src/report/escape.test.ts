import fc from 'fast-check'
import { expect, test } from 'vitest'
import { escapeTerminal } from './escape.ts'

test.each([
  ['plain text stays as it is', '-A INPUT -p tcp -j DROP', '-A INPUT -p tcp -j DROP'],
  ['letters of any language stay', 'Zürich 東京 – « »', 'Zürich 東京 – « »'],
  ['an ANSI sequence is shown, not obeyed', '\u001b[2Jgone', '\\x1b[2Jgone'],
  ['a one-byte CSI is shown', '\u009b31m', '\\x9b31m'],
  ['line ends cannot forge a line', 'a\r\nb\tc', 'a\\r\\nb\\tc'],
  ['a right-to-left override is shown', 'pod-\u202egnp.exe', 'pod-\\u{202e}gnp.exe'],
  ['zero-width characters are shown', 'ap\u200bi', 'ap\\u{200b}i'],
  ['tag characters are shown', 'a\u{e0041}', 'a\\u{e0041}'],
  ['a lone surrogate is shown', 'a\ud83d', 'a\\u{d83d}'],
])('%s', (_, text, shown) => {
  expect(escapeTerminal(text)).toBe(shown)
})

test('nothing that is escaped holds a control character, and escaping again changes nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const once = escapeTerminal(text)
      for (const c of once) expect(c >= ' ' && c !== '\u007f' && !(c >= '\u0080' && c <= '\u009f')).toBe(true)
      expect(escapeTerminal(once)).toBe(once)
    }),
  )
})
