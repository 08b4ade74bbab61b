// The layers of the library, bottom to top, as in "Layers" of docs/design: a folder may import itself and what stands
// beside it here. The longest matching folder counts. This table is the only place to change.

const ground = ['std', 'jsonrpc', 'jsonschema', 'model', 'state']
const travel = [...ground, 'transport', 'http']
const meaning = [...travel, 'eras', 'revisions']
const everythingNeutral = [...meaning, 'server', 'client', 'auth', 'extensions']

/** Folder of `packages/mortise/src` → folders that it may import. */
export const layers = {
  std: [],
  jsonrpc: ['std'],
  jsonschema: ['std'],
  model: ['std', 'jsonrpc', 'jsonschema'],
  state: ['std'],
  transport: ground,
  http: [...ground, 'transport'],
  eras: travel,
  revisions: ['std', 'model'],
  server: meaning,
  client: meaning,
  auth: ['std', 'jsonrpc', 'model', 'state', 'http'],
  'auth/client': ['std', 'jsonrpc', 'model', 'state', 'http', 'auth'],
  'auth/server': ['std', 'jsonrpc', 'model', 'state', 'http', 'auth'],
  'auth/front': ['std', 'jsonrpc', 'model', 'state', 'http', 'auth', 'auth/server'],
  extensions: everythingNeutral,
  shapes: ['std', 'model', 'jsonschema', 'revisions'],
  testing: [...everythingNeutral, 'shapes'],
  node: everythingNeutral,
}

/** What the entry point `src/index.ts` may import. */
export const mainEntry = everythingNeutral

/** The files that choose an era; nothing else imports `eras/*` but the eras themselves. */
export const eraChoosers = ['server/receive.ts', 'client/openers.ts']

/** Files of `eras/` that any layer above may import, since they belong to no era: `eras/host.ts`, say. */
export const eraSeam = ['eras/host.ts', 'eras/outbox.ts', 'eras/conversation.ts']

/** Folders that know a standard of their own and not MCP: a `version` there is not a revision. */
export const unawareOfMcp = ['std', 'jsonrpc', 'jsonschema']

/** Folder → packages that it may import at all. Everything else the library writes itself. */
export const packagesAllowed = {
  'auth/client': ['oauth4webapi', 'jose'],
  'auth/server': ['jose', 'oauth4webapi'],
  'auth/front': ['jose', 'oauth4webapi'],
  node: ['undici'],
}

/** The folders that may know Node. All others are neutral: any runtime with the web's platform runs them. */
export const nodeFolders = ['node']

/** Packages of the repository that are the library's users, not the library. */
export const apps = ['cli', 'inspector', 'host', 'gateway', 'servers', 'openapi']

/** The app that puts the others together. */
export const assemblingApp = 'cli'
