import type { FastifyInstance } from 'fastify'
import type { Environment } from '../../schemas/config.ts'

/** One of the two ways to run the server. */
export interface Variant {
  name: string
  env: Environment
  /** A bare server in place of ours, to measure what the platform itself costs; see `bare-child.ts`. */
  bare?: 'fastify' | 'http'
  /** Our server with the export of the design note in place of ours; see `collecting-child.ts`. */
  collects?: boolean
  /** Set if this variant needs data of its own, such as other indexes; otherwise both share one database. */
  database?: string
}

export interface LoadRequest {
  method: 'GET' | 'POST'
  path: string
  headers?: Record<string, string>
  body?: string
}

/** What a run may change; each has a default in `arguments.ts`. */
export interface BenchOptions {
  /** Measured turns of each variant. */
  rounds: number
  seconds: number
  connections: number
  /** Size of the data. */
  users: number
}

/** Two servers, driven in turns over HTTP; or started in turns and asked each request once, which is about the first ones after a start. */
export interface ServerClaim {
  kind: 'servers' | 'starts'
  question: string
  variants: readonly [Variant, Variant]
  defaults?: Partial<BenchOptions>
  /** Status of the answers; 200 by default. */
  status?: number
  /** Given the whole application on seeded data, makes what is missing and says what to ask. */
  prepare: (fastify: FastifyInstance, options: BenchOptions) => Promise<LoadRequest[]>
  /** What a turn of one server is, if not to be asked the requests by a number of connections. */
  measure?: (address: string, requests: LoadRequest[], options: BenchOptions) => Promise<Measured>
}

/** Two functions, called in turns in this process: for what is too small to be seen over HTTP. */
export interface CallClaim {
  kind: 'calls'
  question: string
  /** Makes both; `call` is repeated, and may be asynchronous. */
  build: () => Promise<readonly [CallVariant, CallVariant]>
}

export interface CallVariant {
  name: string
  call: () => unknown
  /** Closes what would keep the process alive. */
  close?: () => Promise<void>
}

/** Numbers by name and unit. */
export type Measured = Record<string, number>

/** Two experiments in this process that tell their own numbers, in turns. */
export interface MeasureClaim {
  kind: 'measures'
  question: string
  /** Whether it says something about the database too, whose name then belongs to the conditions. */
  usesDatabase?: boolean
  variants: readonly [MeasureVariant, MeasureVariant]
}

/** One of two experiments. */
export interface MeasureVariant {
  name: string
  measure: () => Promise<Measured>
}

export type Claim = ServerClaim | CallClaim | MeasureClaim
