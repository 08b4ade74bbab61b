interface Decimal {
  readonly digits: bigint
  readonly exponent: number
}

// The shortest decimal that reads back as the number: what the author of the JSON wrote, 0.1 and not 0.1000000000000000055….
function toDecimal(value: number): Decimal {
  const [mantissa = '0', exponent = '0'] = String(value).split('e')
  const [whole = '0', fraction = ''] = mantissa.split('.')
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length }
}

/** Whether `value` is an integer times `divisor`, both taken as the decimals they are written as. */
export function isMultiple(value: number, divisor: number): boolean {
  if (Number.isSafeInteger(value) && Number.isSafeInteger(divisor)) return value % divisor === 0
  if (!Number.isFinite(value)) return false
  const a = toDecimal(value)
  const b = toDecimal(divisor)
  const exponent = Math.min(a.exponent, b.exponent)
  const dividend = a.digits * 10n ** BigInt(a.exponent - exponent)
  return dividend % (b.digits * 10n ** BigInt(b.exponent - exponent)) === 0n
}
