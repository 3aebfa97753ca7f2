import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const core = fileURLToPath(new URL('./packages/core/src/', import.meta.url))

export default defineConfig({
  resolve: { alias: [{ find: /^@culprit\/core\/(.*)$/, replacement: `${core}$1.ts` }] },
  // Tests of the lab wait for the kernel more than they work.
  test: { include: ['packages/*/src/**/*.test.ts', 'lab/**/*.test.ts'], testTimeout: 30_000, maxWorkers: 2 },
})
