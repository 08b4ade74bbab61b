import { ErrorCode, RpcError } from '../../jsonrpc/error.ts'
import { methodNotFound } from '../../model/errors.ts'
import type { TaskForm } from './forms.ts'

/** Of a revision that has no words for tasks: what may be one is an ordinary call. */
export const noForm: TaskForm = {
  methods: new Set(),
  admit({ method }) {
    throw methodNotFound(method)
  },
  becomesTask({ revision }, support) {
    if (support !== 'required') return false
    const text = `This tool runs as a task, of which protocol version ${revision.version} knows nothing`
    throw new RpcError(ErrorCode.methodNotFound, text)
  },
  isOffered: true,
  wantedTtlMs: () => undefined,
  created: () => ({}),
  detailed: () => ({}),
  cancelled: () => ({}),
  listed: (tool) => tool,
}
