import { bigArgument } from './big-argument.mjs'
import { bigResult } from './big-result.mjs'
import { bundle } from './bundle.mjs'
import { callSession } from './call-session.mjs'
import { callStateless } from './call-stateless.mjs'
import { client } from './client.mjs'
import { coldStart } from './cold-start.mjs'
import { fanOut } from './fan-out.mjs'
import { idleListeners } from './idle-listeners.mjs'
import { idleSessions } from './idle-sessions.mjs'
import { install } from './install.mjs'
import { list } from './list.mjs'
import { moreTools } from './more-tools.mjs'
import { progress } from './progress.mjs'
import { stdioMany } from './stdio-many.mjs'
import { stdioOne } from './stdio-one.mjs'
import { types } from './types.mjs'
import { workers } from './workers.mjs'

/** Every workload by the name under which it is called, in the order of the page. */
export const workloads = {
  'call-stateless': callStateless,
  'call-session': callSession,
  'more-tools': moreTools,
  workers,
  list,
  'big-result': bigResult,
  'big-argument': bigArgument,
  progress,
  'stdio-one': stdioOne,
  'stdio-many': stdioMany,
  'cold-start': coldStart,
  client,
  'fan-out': fanOut,
  'idle-sessions': idleSessions,
  'idle-listeners': idleListeners,
  install,
  bundle,
  types,
}
