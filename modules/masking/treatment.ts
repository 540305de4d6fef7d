/** `name` and `names` (a list): stand-ins. `id`: an id of our own. `path`: another profile folder. `hide`: the whole value goes. */
export type Treatment = 'keep' | 'name' | 'names' | 'id' | 'path' | 'hide';
