import type { Servable } from 'mortise/node'
import { UsageError } from './command-error.ts'
import { messageOf } from './exit.ts'

/** Makes a server from the arguments after its name. @throws UsageError when they cannot be understood. */
type Make = (argv: readonly string[]) => Promise<Servable>

/** A server that comes with the command. */
interface ReadyMade {
  readonly make: Make
  /** How it is written on a command line, and its own options. */
  readonly usage: () => Promise<string>
}

/** Each is loaded when it is wanted, so that the others cost nothing. */
const readyMade: Readonly<Record<string, ReadyMade>> = {
  files: {
    make: makeFiles,
    usage: async () => (await import('@mortise/servers/files')).filesUsage,
  },
  openapi: {
    make: makeOpenApi,
    usage: async () => (await import('@mortise/openapi/command')).openApiUsage,
  },
}

async function makeFiles(argv: readonly string[]): Promise<Servable> {
  const { FilesError, createFilesServer, filesFromArguments } =
    await import('@mortise/servers/files')
  try {
    return await createFilesServer(filesFromArguments(argv))
  } catch (error) {
    if (error instanceof FilesError) throw new UsageError(messageOf(error), { cause: error })
    throw error
  }
}

async function makeOpenApi(argv: readonly string[]): Promise<Servable> {
  const { createOpenApiServer, openApiFromArguments } = await import('@mortise/openapi/command')
  const { OpenApiError } = await import('@mortise/openapi')
  try {
    return await createOpenApiServer(openApiFromArguments(argv))
  } catch (error) {
    if (error instanceof OpenApiError) throw new UsageError(messageOf(error), { cause: error })
    throw error
  }
}

/** The names of the servers that come with the command. */
export const readyMadeNames: readonly string[] = Object.keys(readyMade)

/** How the ready-made server of this name is made; undefined when there is none. */
export function readyMadeServer(name: string): Make | undefined {
  return find(name)?.make
}

/** The command line of the ready-made server of this name; undefined when there is none. */
export async function readyMadeUsage(name: string): Promise<string | undefined> {
  return await find(name)?.usage()
}

function find(name: string): ReadyMade | undefined {
  return Object.hasOwn(readyMade, name) ? readyMade[name] : undefined
}
