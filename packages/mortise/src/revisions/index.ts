import type { Revision } from '../model/revision.ts'
import { revision20241105 } from './2024-11-05/index.ts'
import { revision20250326 } from './2025-03-26/index.ts'
import { revision20250618 } from './2025-06-18/index.ts'
import { revision20251125 } from './2025-11-25/index.ts'
import { revision20260728 } from './2026-07-28/index.ts'

/** The revisions of one kind of conversation, newest first. A new revision is a folder and a line here. */
export const statelessRevisions: readonly Revision[] = [revision20260728]

/** The revisions whose conversation is a session opened by `initialize`, newest first. */
export const sessionRevisions: readonly Revision[] = [
  revision20251125,
  revision20250618,
  revision20250326,
  revision20241105,
]

/** Every version string that can be spoken, newest first. */
export const allVersions: readonly string[] = [...statelessRevisions, ...sessionRevisions].map(
  (revision) => revision.version,
)
