// `npm run laws`: the laws of the code, each with what breaks it. Fails when one is broken.
import { root } from '../set-up/processes.mjs'
import { comparisonLaw, eraChoiceLaw, runtimeLaw } from './branching.mjs'
import { bundleViolations } from './bundles.mjs'
import { docstringLaw } from './docstrings.mjs'
import { readFiles } from './files.mjs'
import { appLaw, layerLaw } from './imports.mjs'
import { lockFileLaw } from './lock-files.mjs'
import { neutralLaw } from './neutral.mjs'
import { portableTextLaw, wholeSuiteLaw } from './portable-text.mjs'
import { revisionDateLaw } from './revision-dates.mjs'
import { smallFileLaw } from './small-files.mjs'

const laws = [
  revisionDateLaw,
  eraChoiceLaw,
  comparisonLaw,
  runtimeLaw,
  layerLaw,
  appLaw,
  neutralLaw,
  smallFileLaw,
  docstringLaw,
  portableTextLaw,
  wholeSuiteLaw,
  lockFileLaw,
]

const files = readFiles(root)
let broken = 0
for (const { name, check } of laws) report(name, check(files))
const { violations, sizes } = await bundleViolations()
report(
  'a client holds no server, and the reverse, and packages are where they are needed',
  violations,
)
for (const { subpath, minified, gzipped } of sizes) {
  console.log(
    `    ${subpath.padEnd(24)} ${kilobytes(minified)} minified, ${kilobytes(gzipped)} gzipped`,
  )
}
if (broken > 0) console.log(`${broken} of ${laws.length + 1} laws broken`)
process.exitCode = broken > 0 ? 1 : 0

function report(name, violations) {
  console.log(`${violations.length === 0 ? '✓' : '✗'} ${name}`)
  for (const violation of violations) console.log(`    ${violation}`)
  if (violations.length > 0) broken += 1
}

function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1).padStart(6)} kB`
}
