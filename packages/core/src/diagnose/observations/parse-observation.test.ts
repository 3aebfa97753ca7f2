import { expect, it } from 'vitest'
import { parseObservation } from './parse-observation.ts'

it.each([
  ['pod/a/b -> 10.43.0.10:80 refused', 'fails', { from: 'pod/a/b', to: '10.43.0.10:80/tcp', result: 'refused' }],
  ['host/node1 → svc/shop/web:80/tcp works', 'works', { from: 'host/node1', to: 'svc/shop/web:80/tcp', result: 'connects' }],
  [
    'outside 198.51.100.7 => [fd00::1]:443: times out',
    'fails',
    { from: 'outside', src: '198.51.100.7', to: '[fd00::1]:443/tcp', result: 'timeout' },
  ],
  ['netns/h/p1 -> 10.42.0.9 no route to host', 'fails', { from: 'netns/h/p1', to: '10.42.0.9', result: 'unreachable' }],
  ['? -> example.com:443 no-name', 'fails', { from: undefined, to: 'example.com:443/tcp', result: 'no-name' }],
])('%s', (text, kind, attempt) => {
  const read = parseObservation(text)
  expect(read?.kind).toBe(kind)
  expect(read?.attempt).toEqual(attempt)
})

it.each([
  '',
  'pod/a/b 10.43.0.10:80 refused',
  'pod/a -> 10.43.0.10:80 refused',
  'pod/a/b -> 10.43.0.10:80',
  'pod/a/b -> 10.43.0.10:80 blue',
  'pod/a/b -> outside works',
])('is none: %s', (text) => {
  expect(parseObservation(text)).toBeUndefined()
})
