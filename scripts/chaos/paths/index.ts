import type { MoneyPath } from '../operation.ts'
import { adjustments } from './adjustments.ts'
import { payments } from './payments.ts'
import { subscriptions } from './subscriptions.ts'
import { withdrawals } from './withdrawals.ts'

/** Every way in which money moves. */
export const MONEY_PATHS: readonly [MoneyPath, ...MoneyPath[]] = [adjustments, subscriptions, payments, withdrawals]
