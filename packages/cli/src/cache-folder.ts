import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/** Where the command keeps what it can find out again (XDG Base Directory Specification). */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>): string {
  const given = env['XDG_CACHE_HOME'] ?? ''
  // A relative path is to be ignored, says the same specification.
  return join(isAbsolute(given) ? given : join(homedir(), '.cache'), 'mortise')
}

/** Where the command keeps what it was let in with (XDG Base Directory Specification). */
export function configFolder(env: Readonly<Record<string, string | undefined>>): string {
  const given = env['XDG_CONFIG_HOME'] ?? ''
  return join(isAbsolute(given) ? given : join(homedir(), '.config'), 'mortise')
}
