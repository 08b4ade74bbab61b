/** What is wrong with one entry of a configuration: never leaves the reading of it. */
export class ConfigFault extends Error {}
