import { stdioTargets } from '../stdio-workload.mjs'

/** Over stdio, one call at a time. */
export const stdioOne = () => ({
  title: 'A call over stdio, one at a time',
  about:
    '`tools/call` of the echo over stdio, the next one when the last was answered; in a session, since every peer has that. The ceiling is a process that reads lines, parses them and writes the same JSON. What counts is calls a second, since here it is the way there and back that is waited for.',
  figure: { of: 'perSecond', as: 'multiple' },
  targets: stdioTargets({ inFlight: 1 }),
})
