/** What a program was told on its command line: `{ transport, further, schema, … }` as JSON. */
export const told = JSON.parse(process.argv[2] ?? '{}')
