import { expect, test } from 'vitest'
import { readRequest, requestFromFlags } from './request.ts'

const flags = { color: true } as const

test('a request line keeps what it knows and leaves the rest alone', () => {
  const line = {
    id: 1,
    from: 'netns/h/p1',
    to: '10.43.0.10:80/tcp',
    src: '10.42.0.11',
    sport: 42414,
    flags: 'syn',
    iif: null,
    comment: 'x',
  }
  expect(readRequest(line)).toEqual({ id: 1, from: 'netns/h/p1', to: '10.43.0.10:80/tcp', src: '10.42.0.11', sport: 42414, flags: 'syn' })
})

test.each([
  ['a number', 7, 'the request is not a JSON object'],
  ['a list', [], 'the request is not a JSON object'],
  ['null', null, 'the request is not a JSON object'],
  ['without a destination', { from: 'a' }, 'the request lacks "to"'],
  ['without a source', { to: 'a' }, 'the request lacks "from"'],
  ['with a port as text', { from: 'a', to: 'b', sport: '80' }, '"sport" must be number, and is "80"'],
  ['with a place that is none', { from: {}, to: 'b' }, '"from" must be text, and is {}'],
])('a request line %s is answered with what is wrong', (_, line, text) => {
  expect(readRequest(line)).toMatchObject({ kind: 'bad-request', text })
})

test('a mark may be text or a number, an ICMP type too', () => {
  expect(readRequest({ from: 'a', to: 'b', mark: '0x4000', icmp: 8 })).toEqual({ from: 'a', to: 'b', mark: '0x4000', icmp: 8 })
})

test('options that are not given are not in the request', () => {
  expect(requestFromFlags({ ...flags, from: 'a', to: 'b', sport: 5 })).toEqual({ from: 'a', to: 'b', sport: 5 })
})

test.each([
  [{ ...flags, to: 'b' }, '--from'],
  [{ ...flags, from: 'a' }, '--to'],
])('a trace without %o says what it needs', (given, what) => {
  expect(() => requestFromFlags(given)).toThrow(what)
})
