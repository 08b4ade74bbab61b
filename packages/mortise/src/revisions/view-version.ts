/** The version of what host and view say to each other (Apps, "Lifecycle"): no revision of MCP. */
export const viewVersion = '2026-01-26'
