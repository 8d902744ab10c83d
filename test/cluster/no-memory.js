import cluster from 'node:cluster'

/* Before the first process of a crew of two: the system has no memory for the third process, once. */
const { fork } = cluster
let asked = 0
cluster.fork = function forkUnlessThird (env) {
  asked += 1
  if (asked === 3) throw Object.assign(new Error('spawn ENOMEM'), { code: 'ENOMEM' })
  return fork.call(cluster, env)
}
