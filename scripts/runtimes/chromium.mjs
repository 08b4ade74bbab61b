import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { capture } from '../set-up/processes.mjs'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** Finds a Chromium, or installs one by apt-get in CI: `{ command }`, or `{ missing, excused }` with the reason. */
export async function findChromium() {
  const found = inPath(...names)
  if (found !== undefined) return commandOf(found)
  if (process.env.CI !== 'true') return { missing: 'there is no chromium in PATH' }
  const aptGet = inPath('apt-get')
  if (aptGet === undefined)
    return { missing: 'neither chromium nor apt-get is there', excused: true }
  if (!isRoot()) return { missing: 'there is no chromium, and apt-get wants root', excused: true }
  console.log('Installing chromium by apt-get …')
  await capture(aptGet, ['update'])
  const { output } = await capture(aptGet, ['install', '-y', '--no-install-recommends', 'chromium'])
  const installed = inPath(...names)
  if (installed !== undefined) return commandOf(installed)
  return { missing: `apt-get could not install chromium: ${output.trim().split('\n').at(-1)}` }
}

function inPath(...programs) {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return programs
    .flatMap((program) => folders.map((folder) => join(folder, program)))
    .find((file) => existsSync(file))
}

function commandOf(program) {
  // It refuses to run as root inside its sandbox; the only page it sees here is ours.
  const sandbox = isRoot() ? ['--no-sandbox'] : []
  return {
    command: [program, '--headless', '--disable-gpu', '--disable-dev-shm-usage', ...sandbox],
  }
}

function isRoot() {
  return process.getuid?.() === 0
}
