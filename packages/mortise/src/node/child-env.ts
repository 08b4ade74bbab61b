type Env = Readonly<Record<string, string | undefined>>

/** What a program needs to find its files and speak the user's language, and that no secret is kept in. */
const posixNames = ['HOME', 'LANG', 'LOGNAME', 'PATH', 'SHELL', 'TERM', 'TMPDIR', 'USER']
const windowsNames = (
  'APPDATA COMSPEC HOMEDRIVE HOMEPATH LOCALAPPDATA PATH PATHEXT PROCESSOR_ARCHITECTURE PROGRAMDATA ' +
  'PROGRAMFILES PROGRAMFILES(X86) SYSTEMDRIVE SYSTEMROOT TEMP TMP USERNAME USERPROFILE WINDIR'
).split(' ')

/** What a child's environment is made of. */
export interface ChildEnvParts {
  /** What the user declared for this child; it wins. */
  readonly declared?: Readonly<Record<string, string>>
  readonly parent: Env
  readonly platform: NodeJS.Platform
}

/**
 * The environment of a child: an allow-list of the parent's, and what was declared. Never all of the parent's, since
 * servers are other people's programs and environments hold tokens.
 */
export function childEnv({
  declared = {},
  parent,
  platform,
}: ChildEnvParts): Record<string, string> {
  const windows = platform === 'win32'
  const names = new Set(windows ? windowsNames : posixNames)
  // Windows knows `Path` and `PATH` as one; a child that got both would see either.
  const same = (name: string): string => (windows ? name.toUpperCase() : name)
  const taken = new Set(Object.keys(declared).map(same))
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(parent)) {
    if (value === undefined || !names.has(same(name)) || taken.has(same(name))) continue
    // A function that bash exported: code, not a value.
    if (!value.startsWith('()')) env[name] = value
  }
  return { ...env, ...declared }
}

/** The value of a variable, found as the platform does. */
export function envValue(env: Env, name: string, platform: NodeJS.Platform): string | undefined {
  if (platform !== 'win32') return env[name]
  return Object.entries(env).find(([key]) => key.toUpperCase() === name)?.[1]
}
