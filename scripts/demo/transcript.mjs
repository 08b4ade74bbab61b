const WHO_COLUMNS = 10
const TEXT_COLUMNS = 78

/**
 * Prints who said what, a line each: `says` a request, `hears` an answer with its duration, `notes` what came in between.
 * Coloured on a terminal, unless NO_COLOR is set.
 */
export function createTranscript(stream = process.stdout, env = process.env) {
  const coloured = stream.isTTY && !env.NO_COLOR
  const paint = (code, text) => (coloured ? `\x1b[${code}m${text}\x1b[0m` : text)
  const line = (who, mark, text, after = '') => {
    const shown = after === '' ? oneLine(text) : oneLine(text).padEnd(TEXT_COLUMNS)
    stream.write(`  ${paint(36, who.padEnd(WHO_COLUMNS))}${mark} ${shown}${paint(2, after)}\n`)
  }
  return {
    title: (text) => stream.write(`\n${paint(1, text)}\n`),
    plain: (text) => stream.write(`${text}\n`),
    says: (who, text) => line(who, paint(33, '→'), text),
    hears: (who, text, ms) => line(who, paint(32, '←'), text, `${Math.round(ms)} ms`.padStart(8)),
    notes: (who, mark, text) => line(who, paint(35, mark), text),
  }
}

// What a server or a file says is shown on one line, without characters that a terminal would obey.
function oneLine(text) {
  const visible = text.replace(/\s*\n\s*/g, ' ⏎ ').replace(/[\p{Cc}\p{Cf}]/gu, '�')
  return visible.length > TEXT_COLUMNS ? `${visible.slice(0, TEXT_COLUMNS - 1)}…` : visible
}
