/**
 * Splits a command line as people write it: blanks separate, quotes keep together, a backslash keeps the next character
 * outside single quotes. Nothing is expanded and no shell is run.
 * @throws TypeError when a quote is not closed, or there is nothing.
 */
export function splitCommandLine(line: string): [command: string, ...args: string[]] {
  const words: string[] = []
  let word: string | undefined
  let quote = ''
  for (let index = 0; index < line.length; index++) {
    const char = line[index] ?? ''
    if (quote !== '') {
      if (char === quote) quote = ''
      else if (char === '\\' && quote === '"' && /["\\]/.test(line[index + 1] ?? ''))
        word += line[++index] ?? ''
      else word += char
    } else if (char === '"' || char === "'") {
      quote = char
      word ??= ''
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (char === '\\' && /["'\\\s]/.test(line[index + 1] ?? ''))
      word = (word ?? '') + (line[++index] ?? '')
    else word = (word ?? '') + char
  }
  if (quote !== '') throw new TypeError(`the command line has an open ${quote}`)
  if (word !== undefined) words.push(word)
  const [command, ...args] = words
  if (command === undefined) throw new TypeError('the command line is empty')
  return [command, ...args]
}
