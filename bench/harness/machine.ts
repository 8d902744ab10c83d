import { arch, availableParallelism, cpus, loadavg } from 'node:os'

/** What the machine is, and what it has to do: the average load of the last minute. */
export const describeMachine = () => ({ node: process.version, cpu: cpus()[0]?.model, cores: availableParallelism(), arch: arch(), load_average: loadavg()[0] })
