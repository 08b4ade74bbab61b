/**
 * What tokens and proofs may be signed with. A secret that both sides have would let whoever verifies sign, and prove nothing
 * (RFC 9449 §4.3); `none` is no signature.
 */
export const signatureAlgorithms: readonly string[] = [
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
]
