/**
 * The shapes of one revision's messages and data types, as text in the notation of `shapes/notation.ts`. It says what
 * differs from the table `over` which it lies: whoever spreads or names a type gets this table's version of it.
 */
export interface ShapeTable {
  /** As it stands in `protocolVersion`. */
  readonly version: string
  /** The table of the revision before. */
  readonly over?: ShapeTable
  /** Types of the revision before that this one has no more, with spaces between. */
  readonly gone?: string
  /**
   * Definitions. A name in lower case is ours; the others are the official schema's, but for those that say of a message
   * what it leaves open: `XAnswer` is all that can answer an `XRequest` where that is not an `XResult`, and `everyRequest`
   * is what every request has.
   */
  readonly shapes: string
  /** The type of a whole error response, by its code, where the revision says more of it than of any error. */
  readonly errors?: Readonly<Record<number, string>>
}

/** What an extension adds to the table of a revision. */
export interface ShapeExtension {
  /** As it stands in `capabilities.extensions`. */
  readonly id: string
  /** The revision that it extends. */
  readonly version: string
  readonly shapes: string
}
