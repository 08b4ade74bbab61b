/** Colours for a terminal, or none. */
export type Paint = Readonly<Record<'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan', Colour>>

type Colour = (text: string) => string

/** Colours that paint, or that leave text as it is. */
export function createPaint({ enabled }: { readonly enabled: boolean }): Paint {
  const colour = (on: number, off: number): Colour =>
    enabled ? (text) => `\x1b[${on}m${text}\x1b[${off}m` : (text) => text
  return {
    bold: colour(1, 22),
    dim: colour(2, 22),
    red: colour(31, 39),
    green: colour(32, 39),
    yellow: colour(33, 39),
    cyan: colour(36, 39),
  }
}
