import type { Deed } from '../scene.ts'
import { FAULTS } from './faults.ts'
import { GRAPHQL } from './graphql.ts'
import { WRITES } from './money.ts'
import { OWN_READS, READS } from './reads.ts'
import { SESSIONS } from './sessions.ts'
import { STREAMS } from './streams.ts'

/** Everything that clients do. */
export const DEEDS: readonly Deed[] = [...READS, ...OWN_READS, ...GRAPHQL, ...SESSIONS, ...WRITES, ...STREAMS, ...FAULTS]
