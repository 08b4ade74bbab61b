import type { Servable } from 'mortise/node'
import { UsageError } from './command-error.ts'
import { messageOf } from './exit.ts'

/** Makes a server from the arguments after its name. @throws UsageError when they cannot be understood. */
type Make = (argv: readonly string[]) => Promise<Servable>

/** Each is loaded when it is wanted, so that the others cost nothing. */
const readyMade: Readonly<Record<string, Make>> = {
  async files(argv) {
    const { FilesError, createFilesServer, filesFromArguments } =
      await import('@mortise/servers/files')
    try {
      return await createFilesServer(filesFromArguments(argv))
    } catch (error) {
      if (error instanceof FilesError) throw new UsageError(messageOf(error), { cause: error })
      throw error
    }
  },
}

/** The names of the servers that come with the command. */
export const readyMadeNames: readonly string[] = Object.keys(readyMade)

/** How the ready-made server of this name is made; undefined when there is none. */
export function readyMadeServer(name: string): Make | undefined {
  return Object.hasOwn(readyMade, name) ? readyMade[name] : undefined
}
