/**
 * What is kept back from a client although it lies in a root: git's own files, and files that usually hold secrets.
 * Deliberately small; `docs/servers/files.md` lists it.
 */
export type Protection = 'git' | 'secret'

const secretNames = new Set([
  '.env',
  '.git-credentials',
  '.htpasswd',
  '.netrc',
  '.npmrc',
  '.pgpass',
  '.pypirc',
  '.vault-token',
  'credentials.json',
  'id_dsa',
  'id_ecdsa',
  'id_ed25519',
  'id_rsa',
  'secrets.json',
  'secrets.yaml',
  'secrets.yml',
])
const secretFolders = new Set(['.aws', '.azure', '.docker', '.gnupg', '.kube', '.ssh'])
const secretEndings = ['.jks', '.kdbx', '.key', '.keystore', '.p12', '.pem', '.pfx', '.ppk']
const harmlessEnvironment = new Set(['.env.example', '.env.sample', '.env.template'])

/** What protects an entry, by the names on its real path below the root; undefined when nothing does. */
export function protection(names: readonly string[]): Protection | undefined {
  const plain = names.map(plainName)
  if (plain.some((name) => name === '.git' || name === 'git~1')) return 'git'
  if (plain.some((name) => secretFolders.has(name))) return 'secret'
  const last = plain.at(-1)
  return last !== undefined && isSecretName(last) ? 'secret' : undefined
}

/** Whether listings leave an entry out unless hidden ones are asked for. */
export function isHidden(name: string): boolean {
  return name.startsWith('.')
}

function isSecretName(name: string): boolean {
  if (secretNames.has(name)) return true
  if (name.startsWith('.env.')) return !harmlessEnvironment.has(name)
  return secretEndings.some((ending) => name.endsWith(ending))
}

/** A name as file systems compare it that ignore case, invisible characters, final dots, or what follows a colon. */
function plainName(name: string): string {
  return name
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .replace(/(?<=.):.*$/s, '')
    .replace(/[. ]+$/, '')
    .toLowerCase()
}
