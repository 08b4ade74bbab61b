/** A server that shows files in given folders, reads, searches and, where allowed, changes them. */
export { createFilesServer } from './server.ts'
export { filesFromArguments, filesUsage } from './options.ts'
export type { CommandPlace, FilesOptions } from './options.ts'
export { FilesError } from './errors.ts'
export type { FilesErrorKind } from './errors.ts'
export { defaultLimits as defaultFilesLimits } from './limits.ts'
export type { FilesLimits } from './limits.ts'
