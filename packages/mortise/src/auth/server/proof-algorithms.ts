/** What proofs of possession may be signed with; a symmetric algorithm would prove nothing (RFC 9449 §4.3). */
export const proofAlgorithms: readonly string[] = [
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
  ...['PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512'],
]
