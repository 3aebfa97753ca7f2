import { writeFileSync } from 'node:fs'

/** Preloaded into a process that is measured: leaves its peak memory, in bytes, in the file that CULPRIT_BENCH_PEAK names. */
const file = process.env.CULPRIT_BENCH_PEAK
if (file) process.on('exit', () => writeFileSync(file, String(process.resourceUsage().maxRSS * 1024)))
