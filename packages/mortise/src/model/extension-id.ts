/** @throws TypeError when `id` is no identifier of an extension ("_meta" key grammar, with a prefix). */
export function checkExtensionId(id: string): void {
  const label = '[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?'
  const name = '[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?'
  if (new RegExp(`^${label}(?:\\.${label})*/${name}$`).test(id)) return
  throw new TypeError(`extension "${id}" must be named like com.example/name`)
}
