import { isPrefixedKey } from './meta-key.ts'

/** @throws TypeError when `id` is no identifier of an extension ("_meta" key grammar, with a prefix). */
export function checkExtensionId(id: string): void {
  if (isPrefixedKey(id)) return
  throw new TypeError(`extension "${id}" must be named like com.example/name`)
}
