import type { Scenario } from '../../scenario.ts'
import { newest } from '../index.ts'
import { beingProtected } from './being-protected.ts'
import { fronts } from './front.ts'
import { gettingIn } from './getting-in.ts'
import type { Placed } from './getting-in.ts'
import type { OpenPlace } from './place.ts'

/** A client that gets in, and a server that is protected. */
export function authorizationAt(open: OpenPlace): readonly Scenario[] {
  return [...placed(open, gettingIn, newest), ...placed(open, beingProtected, [''])]
}

/** A front and its provider: for runtimes whose requests have cookies. */
export function frontsAt(open: OpenPlace): readonly Scenario[] {
  return placed(open, fronts, newest)
}

function placed(
  open: OpenPlace,
  scenarios: Readonly<Record<string, Placed>>,
  versions: readonly string[],
): readonly Scenario[] {
  return versions.flatMap((version) =>
    Object.entries(scenarios).map(([name, run]) => ({
      name: version === '' ? name : `${version}: ${name}`,
      async run() {
        const place = open()
        try {
          return await run(place, version)
        } finally {
          await place.close()
        }
      },
    })),
  )
}
