/** A connection that has not come about by then will not: a firewall swallows it, or the host is down. */
export const connectTimeoutMs = 10_000
