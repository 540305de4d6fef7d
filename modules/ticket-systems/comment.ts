/** A comment in parts; each vendor lays them out in its own format. */
export interface CommentParts {
  readonly text: string;
  /** The console's page of the Request. */
  readonly link?: string;
  readonly marker: string;
}

export const plainText = ({ text, link, marker }: CommentParts): string =>
  [text, ...(link === undefined ? [] : [link]), marker].join('\n\n');

/** How one vendor keeps the comments of a ticket: what to send, and how to page through the list. Paths begin with `/`. */
export interface CommentApi {
  /** Adds a comment that the requester does not see. */
  post(
    key: string,
    parts: CommentParts,
  ): { readonly method: 'POST' | 'PUT' | 'PATCH'; readonly path: string; readonly body: unknown };
  readonly first: number;
  page(key: string, at: number): string;
  /** Position of the next page; nothing after the last one. @param answer the JSON of this page */
  next(answer: unknown, at: number): number | undefined;
}
