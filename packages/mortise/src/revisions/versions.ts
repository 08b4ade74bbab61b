import { clientSessionRevisions, clientStatelessRevisions } from './index.ts'

/** Every version string that can be spoken, newest first. Marked, so that what does not name them drops them. */
export const allVersions: readonly string[] = /* @__PURE__ */ [
  ...clientStatelessRevisions,
  ...clientSessionRevisions,
].map((revision) => revision.version)
