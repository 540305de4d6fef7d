/** A comment in parts; each vendor has its own way to lay them out. */
export interface CommentParts {
  readonly text: string;
  /** The console's page of the Request. */
  readonly link?: string;
  readonly marker: string;
}

/** The same as plain text. */
export const plainText = ({ text, link, marker }: CommentParts): string =>
  [text, ...(link === undefined ? [] : [link]), marker].join('\n\n');

/** How one vendor keeps the comments of a ticket: what is sent, and where a list goes on. Paths begin with `/`. */
export interface CommentApi {
  /** Adds a comment that the requester does not see. */
  post(
    key: string,
    parts: CommentParts,
  ): { readonly method: 'POST' | 'PUT' | 'PATCH'; readonly path: string; readonly body: unknown };
  /** Where the list of comments begins. */
  readonly first: number;
  /** A page of it. */
  page(key: string, at: number): string;
  /** Where the next page begins; nothing after the last one. @param answer the JSON of this page */
  next(answer: unknown, at: number): number | undefined;
}
