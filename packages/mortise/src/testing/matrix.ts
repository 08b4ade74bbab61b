import type { Client, ConnectOptions, TypesOf } from '../client/index.ts'
import { sessionRevisions } from '../revisions/index.ts'
import { allVersions } from '../revisions/versions.ts'
import { connectInProcess } from './connect.ts'
import type { InProcessTransport, TestConnectOptions, TestedServer } from './connect.ts'

/** Declares one test: `test` of vitest, of `node:test`, of Jest, of Deno or of Bun. */
export type DeclareTest = (name: string, run: () => Promise<void>) => unknown

/** Declares groups of tests, and what is done around each: of `node:test` these are `describe`, `before` and `after`. */
export interface DeclareGroups {
  readonly describe: (name: string, declare: () => void) => unknown
  readonly beforeAll: (run: () => Promise<void>) => unknown
  readonly afterAll: (run: () => Promise<void>) => unknown
}

/** What is tried, and over what. */
export interface MatrixOptions<S extends MatrixServer, W extends string = never> {
  /** What the tests are about: the first words of their names. */
  readonly title: string
  /** Makes the server of one cell. */
  readonly server: () => S
  /** Ways within this process. Default: `memory`, `bytes` and `fetch`. */
  readonly transports?: readonly InProcessTransport[]
  /** Ways of your own beside them, by name: a socket, a child process, a proxy. */
  readonly ways?: Readonly<Record<W, MatrixWay<S>>>
  /** Default: every version that the library knows. */
  readonly versions?: readonly string[]
  /** Whether a cell is tried. Default: all are, but that `sse` carries no version without sessions. */
  readonly filter?: (cell: MatrixPlace<W>) => boolean
  /** Prepares one cell, before its server is reached. */
  readonly setUp?: (cell: MatrixPlace<W>) => MatrixSetUp | Promise<MatrixSetUp>
}

/** A server that a matrix can end. */
export interface MatrixServer extends TestedServer {
  close(options?: { readonly drainMs?: number }): Promise<void>
}

/** Opens a way to `server`, once a cell; one that leads elsewhere, to another process, may leave it alone. */
export type MatrixWay<S extends MatrixServer> = (server: S) => OpenWay<S> | Promise<OpenWay<S>>

/** A way that is open. */
export interface OpenWay<S extends MatrixServer> {
  /** A new client; `options` name the version. What only counts in process, such as `through`, is not among them. */
  connect(options: ConnectOptions): Promise<Client<TypesOf<S>>>
  /** Called once, when the clients and the server of the cell are closed. */
  close?(): Promise<void>
}

/** What a cell was prepared with. */
export interface MatrixSetUp {
  /** For every client of the cell; what `connect` is given goes first. */
  readonly options?: TestConnectOptions
  /** Called once, when everything else of the cell is closed. What it throws fails the cell. */
  readonly tearDown?: () => void | Promise<void>
}

/** Where a cell is in the matrix. */
export interface MatrixPlace<W extends string = never> {
  readonly transport: InProcessTransport | W
  readonly version: string
}

/** One way to reach the server, in one version. */
export interface MatrixCell<
  S extends MatrixServer,
  W extends string = never,
> extends MatrixPlace<W> {
  /** The server in this process. In a group it is there from the set-up on: ask for it within a test. */
  readonly server: S
  /** A new client in this version over this transport, closed behind the cell. */
  connect(options?: TestConnectOptions): Promise<Client<TypesOf<S>>>
}

/**
 * Declares a test of `body` for every transport and every version: `testMatrix(test, { title, server }, async ({ connect })
 * => …)`. Each has a server of its own.
 */
export function testMatrix<S extends MatrixServer, W extends string = never>(
  test: DeclareTest,
  options: MatrixOptions<S, W>,
  body: (cell: MatrixCell<S, W>) => void | Promise<void>,
): void {
  for (const place of placesOf(options)) {
    test(nameOf(options, place), async () => {
      const cell = await openCell(options, place)
      try {
        await body(cell)
      } catch (error) {
        await cell.close().catch(() => {}) // what went wrong first says more
        throw error
      }
      await cell.close()
    })
  }
}

/**
 * Declares a group of tests for every transport and every version, whose tests share one server: `describeMatrix({ describe,
 * beforeAll, afterAll }, { title, server }, ({ connect }) => { test(…) })`.
 */
export function describeMatrix<S extends MatrixServer, W extends string = never>(
  { describe, beforeAll, afterAll }: DeclareGroups,
  options: MatrixOptions<S, W>,
  body: (cell: MatrixCell<S, W>) => void,
): void {
  for (const place of placesOf(options)) {
    describe(nameOf(options, place), () => {
      let open: OpenCell<S, W> | undefined
      const opened = (): OpenCell<S, W> => {
        if (open !== undefined) return open
        throw new TypeError('a cell of a matrix is open within its tests alone')
      }
      beforeAll(async () => {
        open = await openCell(options, place)
      })
      afterAll(async () => open?.close())
      body({
        ...place,
        get server() {
          return opened().server
        },
        connect: (own) => opened().connect(own),
      })
    })
  }
}

interface OpenCell<S extends MatrixServer, W extends string> extends MatrixCell<S, W> {
  close(): Promise<void>
}

function nameOf(
  { title }: { readonly title: string },
  { transport, version }: MatrixPlace<string>,
): string {
  return `${title} over ${transport} in ${version}`
}

function placesOf<S extends MatrixServer, W extends string>({
  transports = ['memory', 'bytes', 'fetch'],
  ways,
  versions = allVersions,
  filter = () => true,
}: MatrixOptions<S, W>): readonly MatrixPlace<W>[] {
  const own = Object.keys(ways ?? {}) as W[] // the keys of a record are its names
  const places = [...transports, ...own].flatMap((transport) => {
    const spoken = carried[transport] ?? versions
    return versions.filter((one) => spoken.includes(one)).map((version) => ({ transport, version }))
  })
  return places.filter((place) => filter(place))
}

/** The versions that a transport carries, where it does not carry all: HTTP+SSE has sessions alone. */
const carried: Readonly<Partial<Record<string, readonly string[]>>> = {
  sse: sessionRevisions.map(({ version }) => version),
}

async function openCell<S extends MatrixServer, W extends string>(
  options: MatrixOptions<S, W>,
  place: MatrixPlace<W>,
): Promise<OpenCell<S, W>> {
  const prepared = (await options.setUp?.(place)) ?? {}
  const server = options.server()
  const way = await openWay(options, { ...place, server })
  const clients: Client<TypesOf<S>>[] = []
  return {
    ...place,
    server,
    async connect(own) {
      const client = await way.connect({ ...prepared.options, ...own })
      clients.push(client)
      return client
    },
    async close() {
      await Promise.all(clients.map((client) => client.close()))
      await server.close({ drainMs: 1 })
      await way.close?.()
      await prepared.tearDown?.()
    },
  }
}

async function openWay<S extends MatrixServer, W extends string>(
  { ways }: MatrixOptions<S, W>,
  { transport, version, server }: MatrixPlace<W> & { readonly server: S },
): Promise<OpenWay<S>> {
  const own: Partial<Readonly<Record<string, MatrixWay<S>>>> = ways ?? {}
  const way = await own[transport]?.(server)
  if (way === undefined) {
    // Every name that is not one of `ways` is one of `transports`.
    const named = transport as InProcessTransport
    const connect = (given: TestConnectOptions): Promise<Client<TypesOf<S>>> =>
      connectInProcess<S>(server, { ...given, transport: named, version })
    return { connect }
  }
  return {
    connect(given: TestConnectOptions) {
      const { transport: _way, version: _one, through: _t, slice: _s, peer: _p, ...others } = given
      return way.connect({ ...others, versions: [version] })
    },
    close: async () => way.close?.(),
  }
}
