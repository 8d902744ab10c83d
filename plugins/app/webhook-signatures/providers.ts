/** Secrets of each provider of `PAYMENT_PROVIDERS`, which the configuration has checked. */
export function readProviders (text: string): ReadonlyMap<string, readonly string[]> {
  const providers = text.split(',').map((provider) => provider.split(':'))
  return new Map(providers.map(([name = '', ...secrets]) => [name, secrets]))
}
