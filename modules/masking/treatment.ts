/**
 * How a value is masked. `name` and `names` (a list) become stand-ins, `id` becomes an id of our own, in `path` the
 * name of the profile folder is replaced, `hide` removes the whole value.
 */
export type Treatment = 'keep' | 'name' | 'names' | 'id' | 'path' | 'hide';
