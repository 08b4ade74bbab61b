import type { ClientRevision } from '../model/client-revision.ts'
import type { Revision } from '../model/revision.ts'
import { client20241105, revision20241105 } from './2024-11-05/index.ts'
import { client20250326, revision20250326 } from './2025-03-26/index.ts'
import { client20250618, revision20250618 } from './2025-06-18/index.ts'
import { client20251125, revision20251125 } from './2025-11-25/index.ts'
import { client20260728, revision20260728 } from './2026-07-28/index.ts'

/** The revisions of one kind of conversation, newest first. A new revision is a folder and two lines here. */
export const statelessRevisions: readonly Revision[] = [revision20260728]

/** The revisions whose conversation is a session opened by `initialize`, newest first. */
export const sessionRevisions: readonly Revision[] = [
  revision20251125,
  revision20250618,
  revision20250326,
  revision20241105,
]

/** The same, for clients. */
export const clientStatelessRevisions: readonly ClientRevision[] = [client20260728]

/** The same, for clients. */
export const clientSessionRevisions: readonly ClientRevision[] = [
  client20251125,
  client20250618,
  client20250326,
  client20241105,
]
