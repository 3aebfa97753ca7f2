import { writeFileSync } from 'node:fs'

/** Preloaded into a process that is measured: leaves its peak memory in bytes and its processor time in seconds in the file that CULPRIT_BENCH_PEAK names. */
const file = process.env.CULPRIT_BENCH_PEAK
if (file)
  process.on('exit', () => {
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
    writeFileSync(file, `${maxRSS * 1024} ${(userCPUTime + systemCPUTime) / 1e6}`)
  })
