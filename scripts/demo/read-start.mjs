const usage = `npm start [-- --once]

Shows what Mortise does, and serves this folder's files, read only, at http://127.0.0.1:3456/mcp until Ctrl-C.

  --once   end after the tour
  --help   show this

The variable PORT chooses another port: PORT=4000 npm start; 0 takes a free one.`

/** What to say instead of starting, and the exit code; no text when the tour can start. */
export function readStart(argv, { PORT: port = '' }) {
  if (argv.includes('--help') || argv.includes('-h')) return { text: usage, code: 0 }
  const unknown = argv.find((word) => word !== '--once')
  if (unknown !== undefined) return { text: `npm start has no "${unknown}".\n\n${usage}`, code: 2 }
  if (port === '' || (/^\d+$/.test(port) && Number(port) <= 65_535)) return { code: 0 }
  return { text: `PORT takes a whole number from 0 to 65535, not "${port}".`, code: 2 }
}
