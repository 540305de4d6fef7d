/** Unit or kind of a value, and what it means. */
export type Meaning = readonly [unit: string, meaning: string];

export type Fields = Readonly<Record<string, Meaning>>;
