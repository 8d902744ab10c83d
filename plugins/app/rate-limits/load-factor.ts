/** The design note's numbers: above this load, budgets are multiplied by this. */
const HIGH_LOAD = 0.8
const FIRST_CUT = 0.7
/** What is left of the budgets at full load; between, they fall with the load. */
const LAST_CUT = 0.3
/** Budgets rise again only as they would at a load higher by this, and by so much at a time: they do not swing. */
const MARGIN = 0.1
const STEP = 0.1

function factorAt (load: number): number {
  if (load <= HIGH_LOAD) return 1
  return FIRST_CUT - (FIRST_CUT - LAST_CUT) * Math.min(1, (load - HIGH_LOAD) / (1 - HIGH_LOAD))
}

/** What budgets are multiplied by, after one that was `before` and a new load from 0 to 1. */
export function nextFactor (before: number, load: number): number {
  const wanted = factorAt(load)
  if (wanted <= before) return wanted
  return Math.min(Math.max(before, factorAt(load + MARGIN)), before + STEP)
}
