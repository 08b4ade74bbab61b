import { clientSessionRevisions, clientStatelessRevisions } from './index.ts'

/** Every version string that can be spoken, newest first. */
export const allVersions: readonly string[] = [
  ...clientStatelessRevisions,
  ...clientSessionRevisions,
].map((revision) => revision.version)
