import * as z from 'zod';

/** One attempt of a Request: the event of a Task that needs nothing else. */
export const Attempt = z.strictObject({ requestId: z.uuid(), attempt: z.int().min(1) });
export type Attempt = Readonly<z.infer<typeof Attempt>>;
