// Windows that take turns, and what they come to.

/**
 * Opens every target of a workload and measures each once a round, begun by another one each time: a noisy neighbour hits
 * them all. Gives the samples of each by name.
 */
export async function measureInTurn(
  { targets, warmUp = 'window' },
  { rounds, windowMs, warmUpMs },
) {
  const opened = []
  try {
    for (const { name, open } of targets) opened.push({ name, samples: [], ...(await open()) })
    if (warmUp !== 'none') for (const { window } of opened) await window(warmUpMs)
    for (let round = 0; round < rounds; round++) {
      for (let turn = 0; turn < opened.length; turn++) {
        const { window, samples } = opened[(round + turn) % opened.length]
        samples.push(await window(windowMs))
      }
    }
    return opened
  } finally {
    for (const { stop } of opened) stop()
  }
}

/**
 * One row for each target: the medians of all that was sampled, and the workload's figure with the least and the greatest
 * of the rounds. A `share` is the ceiling's sample of the same round divided by the target's own, a `multiple` the reverse;
 * a `value` stands for itself.
 */
export function summarize({ targets, figure }, measured) {
  const samplesOf = new Map(measured.map(({ name, samples }) => [name, samples]))
  const read = {
    share: (own, top) => top[figure.of] / own[figure.of],
    multiple: (own, top) => own[figure.of] / top[figure.of],
    value: (own) => own[figure.of],
  }[figure.as]
  return targets.map(({ name, ceiling = targets[0].name }) => {
    const samples = samplesOf.get(name)
    const tops = samplesOf.get(ceiling)
    const figures = samples.map((own, round) => read(own, tops[round]))
    const keys = Object.keys(samples[0])
    return {
      name,
      figure: spread(figures),
      medians: Object.fromEntries(
        keys.map((key) => [key, spread(samples.map((own) => own[key])).median]),
      ),
    }
  })
}

function spread(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  const median = (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2
  return { min: sorted[0], median, max: sorted.at(-1) }
}
