import type { Tier } from '../../../schemas/users.ts'

const MICRO = 1_000_000

/** Score of a withdrawal, the higher the sooner: 1; 3 more for VIPs and analysts; 2 more above 1000 USDT, or 1 above 500. */
export function scoreOf (tier: Tier, amount: number): number {
  const ofTier = tier === 'vip' || tier === 'analyst' ? 3 : 0
  if (amount > 1000 * MICRO) return 1 + ofTier + 2
  return 1 + ofTier + (amount > 500 * MICRO ? 1 : 0)
}
