import { openBoard } from './session.js'

/** Opens the board of queues in a tab of its own, which cannot reach this page: at once, since a browser forbids that to what follows an answer. */
export async function showQueues () {
  const tab = window.open('about:blank', '_blank')
  if (tab !== null) tab.opener = null
  await openBoard()
  // whoever was refused comes back to the sign-in
  const { location } = tab ?? window
  location.assign('/ops/queues/')
}
