/** URIs are at most this long, in UTF-16 units; longer ones are not looked up. */
export const maxUriLength: number = 64 * 1024
