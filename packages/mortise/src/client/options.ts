import { checkNames } from '../std/option-names.ts'
import type { Names } from '../std/option-names.ts'
import type { ConnectOptions } from './types.ts'

const names: Names<ConnectOptions> = {
  info: true,
  elicit: true,
  sample: true,
  capabilities: true,
  roots: true,
  headers: true,
  auth: true,
  signal: true,
  era: true,
  versions: true,
  http: true,
  fetch: true,
  memory: true,
  limits: true,
  runtime: true,
  onLog: true,
  extensions: true,
  middleware: true,
  cache: true,
  checkResults: true,
  compiler: true,
  onListChanged: true,
  onElicitationComplete: true,
  onWarning: true,
  onError: true,
  onClose: true,
  onStatus: true,
  reconnect: true,
  pingMs: true,
}

/** @throws TypeError when an option of `connect` has a name that none has; `more` are those of the platform. */
export function checkConnectOptions(
  options: ConnectOptions,
  more: Readonly<Record<string, true>> = {},
): void {
  checkNames('connect has no option ', options, { ...names, ...more })
}
