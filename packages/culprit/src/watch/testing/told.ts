import type { CriterionState, Incident, IncidentEventKind, Round, WatchEvent } from '../incident.ts'
import type { Moment } from '../moment.ts'

/** What a watch tells its listeners, for tests of these. */
export const at = (seconds: number): Moment => ({
  wall: new Date(1_795_000_000_000 + seconds * 1000).toISOString(),
  boot: 'b',
  up: 100 + seconds,
})

export const incident = (more: Partial<Incident> = {}): Incident => ({
  id: '20261121-115900-web',
  state: 'open',
  criterion: { name: 'web', kind: 'flow', text: 'host/h → svc/shop/web:80 works' },
  severity: 'critical',
  opened: at(0),
  updated: at(0),
  seen: 'timeout',
  relapses: 0,
  causes: [],
  snapshots: { before: null, after: null },
  changes: [],
  repairs: [],
  notes: [],
  ...more,
})

let seq = 0
export const event = (kind: IncidentEventKind, one: Incident, text = ''): WatchEvent => ({
  kind,
  seq: ++seq,
  at: one.updated,
  text,
  incident: one,
})

export const criterion = (more: Partial<CriterionState> = {}): CriterionState => ({
  name: 'web',
  kind: 'flow',
  text: 'host/h → svc/shop/web:80 works',
  severity: 'critical',
  state: 'holds',
  seen: 'connects',
  failures: 0,
  ...more,
})

export const round = (more: Partial<Round> = {}): Round => ({
  number: 1,
  began: at(0),
  milliseconds: 300,
  criteria: [criterion()],
  changed: false,
  examined: null,
  open: [],
  stored: true,
  budget: { used: 0, perHour: 3, stopped: false },
  ...more,
})
