export type { Parsed } from '../facts/parsed.ts'
