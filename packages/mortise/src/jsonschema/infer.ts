/**
 * The TypeScript type of the values that a JSON Schema accepts, read from a schema written `as const` (or passed to a
 * `const` type parameter). What it does not understand (`$ref`, `patternProperties`, `not`, …) is `unknown`: never wrong,
 * sometimes wide.
 */
export type FromSchema<S> = S extends true
  ? unknown
  : S extends false
    ? never
    : S extends { readonly const: infer Value }
      ? Mutable<Value>
      : S extends { readonly enum: readonly (infer Value)[] }
        ? Mutable<Value>
        : S extends { readonly anyOf: readonly (infer Option)[] }
          ? FromTyped<S> & FromSchema<Option>
          : S extends { readonly oneOf: readonly (infer Option)[] }
            ? FromTyped<S> & FromSchema<Option>
            : S extends { readonly allOf: readonly [infer First, ...infer Rest] }
              ? FromTyped<S> & FromSchema<First> & FromAll<Rest>
              : FromTyped<S>

type FromAll<Schemas extends readonly unknown[]> = Schemas extends readonly [
  infer First,
  ...infer Rest,
]
  ? FromSchema<First> & FromAll<Rest>
  : unknown

// By `type`; a schema without one says the same as its `properties` or `items` suggest to everybody.
type FromTyped<S> = S extends { readonly type: infer Type }
  ? FromType<S, Type extends readonly (infer Name)[] ? Name : Type>
  : S extends { readonly properties: unknown }
    ? FromObject<S>
    : unknown

// Distributes over the names.
type FromType<S, Name> = Name extends 'string'
  ? string
  : Name extends 'number' | 'integer'
    ? number
    : Name extends 'boolean'
      ? boolean
      : Name extends 'null'
        ? null
        : Name extends 'array'
          ? FromArray<S>
          : Name extends 'object'
            ? FromObject<S>
            : unknown

type FromArray<S> = S extends { readonly prefixItems: infer Prefix extends readonly unknown[] }
  ? [...FromPrefix<Prefix>, ...FromRest<S>]
  : S extends { readonly items: infer Items }
    ? FromSchema<Items>[]
    : unknown[]

// JSON Schema lets an array end anywhere within its prefix; `minItems` is seldom written, and everybody means a tuple.
type FromPrefix<Prefix extends readonly unknown[]> = {
  -readonly [Index in keyof Prefix]: FromSchema<Prefix[Index]>
}

type FromRest<S> = S extends { readonly items: infer Items }
  ? Items extends false
    ? []
    : FromSchema<Items>[]
  : unknown[]

type FromObject<S> = S extends { readonly properties: infer Properties }
  ? Flat<
      Required<Properties, RequiredNames<S> & keyof Properties> &
        Partial<Properties, Exclude<keyof Properties, RequiredNames<S>>> &
        Unlisted<Exclude<RequiredNames<S>, keyof Properties>>
    >
  : Flat<Unlisted<RequiredNames<S>> & FromAdditional<S>>

type RequiredNames<S> = S extends { readonly required: readonly (infer Name extends string)[] }
  ? Name
  : never

type Required<Properties, Names extends keyof Properties> = {
  -readonly [Name in Names]: FromSchema<Properties[Name]>
}

type Partial<Properties, Names extends keyof Properties> = {
  -readonly [Name in Names]?: FromSchema<Properties[Name]>
}

type Unlisted<Names extends string> = { [Name in Names]: unknown }

// Beside `properties` an index signature would have to include their types: it is left out there.
type FromAdditional<S> = S extends { readonly additionalProperties: infer Additional }
  ? Additional extends false
    ? unknown
    : Record<string, FromSchema<Additional>>
  : Record<string, unknown>

// Shows an intersection as one object in hovers.
type Flat<T> = { [Key in keyof T]: T[Key] }

type Mutable<T> = T extends readonly unknown[]
  ? { -readonly [Index in keyof T]: Mutable<T[Index]> }
  : T extends object
    ? { -readonly [Key in keyof T]: Mutable<T[Key]> }
    : T
