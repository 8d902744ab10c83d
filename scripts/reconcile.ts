import { buildApplication, runCommand } from './application.ts'

/** npm run reconcile    prints every balance and every withdrawal that its entries do not prove; exit code 1 if there is one */
async function reconcile (): Promise<number> {
  const fastify = await buildApplication({})
  const { ledger, money: { format }, withdrawals } = fastify
  let count = 0
  const tell = (text: string): void => {
    count += 1
    console.log(text)
  }
  try {
    for await (const { user_id: userId, balance, entries } of ledger.differences()) {
      tell(`user ${userId}  balance ${balance === null ? 'of nobody' : format(balance)}  entries ${format(entries)}`)
    }
    for await (const { id, user_id: userId, status, amount, entries } of withdrawals.differences()) {
      tell(`withdrawal ${id} of user ${userId}  ${status}  amount ${format(amount)}  entries ${entries.map(format).join(' ') || 'none'}`)
    }
    console.log(count === 0 ? 'Every balance is the sum of its entries, and every withdrawal has its own' : `${count} differences`)
    return count === 0 ? 0 : 1
  } finally {
    await fastify.close()
  }
}

await runCommand(reconcile)
