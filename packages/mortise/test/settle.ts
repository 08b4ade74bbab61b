/** Lets everything that waits for nothing from outside go on: promises, streams, the thread pool of Web Cryptography. */
export async function settle(turns = 10): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
}

/** Waits until `condition` holds, by turns of the event loop and not by time. @throws Error when it never does. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 100_000; turn++) {
    if (condition()) return
    await new Promise(setImmediate)
  }
  throw new Error(`never came true: ${String(condition)}`)
}
