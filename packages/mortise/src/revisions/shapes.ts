import { shapes20241105 } from './2024-11-05/shapes.ts'
import { shapes20250326 } from './2025-03-26/shapes.ts'
import { shapes20250618 } from './2025-06-18/shapes.ts'
import { shapes20251125 } from './2025-11-25/shapes.ts'
import { taskShapes } from './2026-07-28/shapes-tasks.ts'
import { shapes20260728 } from './2026-07-28/shapes.ts'
import type { ShapeExtension, ShapeTable } from './shape-table.ts'

/** The shapes of every revision, newest first. */
export const shapeTables: readonly ShapeTable[] = [
  shapes20260728,
  shapes20251125,
  shapes20250618,
  shapes20250326,
  shapes20241105,
]

/** What extensions add to them. */
export const shapeExtensions: readonly ShapeExtension[] = [taskShapes]
