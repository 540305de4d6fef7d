/**
 * What becomes of a value when other people are masked. `name` and `names` (a list) are replaced by stand-ins, `id` by a number
 * of our own, `path` loses the names of profile folders, `hide` leaves nothing of it.
 */
export type Treatment = 'keep' | 'name' | 'names' | 'id' | 'path' | 'hide';
