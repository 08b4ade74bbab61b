import { stdioTargets } from '../stdio-workload.mjs'

/** Over stdio, many calls at once. */
export const stdioMany = () => ({
  title: 'A call over stdio, 100 in flight',
  about:
    'The same with 100 calls under way; what counts is the CPU time of a call. The ceiling is the same process, which writes each answer by itself; the second row writes all that came together at once, as Mortise does.',
  figure: { of: 'cpu', as: 'share' },
  targets: stdioTargets({ inFlight: 100 }),
})
