/** Resolves with whether the work ended well within `limitMs`; the work itself goes on. Rejects if the work failed in time. */
export async function endsWithin (work: Promise<unknown>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<false>((resolve) => { timer = setTimeout(resolve, limitMs, false) })
  try {
    return await Promise.race([work.then(() => true), limit])
  } finally {
    clearTimeout(timer)
  }
}
