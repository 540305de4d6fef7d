import { Agent, request } from 'undici';
import type { Simulator } from '../../../local/simulator/simulator.ts';

/** Reads tab-separated text whose cells may stand in double quotes; the header is the first row. */
export function readTsv(text: string): string[][] {
  const rows: string[][] = [[]];
  const cell = /(?:"((?:[^"]|"")*)"|([^\t\n]*))(\t|\n)/g;
  for (const [, quoted, bare, end] of text.matchAll(cell)) {
    rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? bare!);
    if (end === '\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

export interface Reply {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

export interface Ask {
  readonly query: string;
  readonly format?: string;
  readonly platform?: readonly string[];
  readonly method?: 'GET' | 'POST';
  readonly parameters?: Record<string, string>;
  readonly login?: { readonly username: string; readonly password: string };
  readonly engine?: number;
}

export const basic = ({ username, password }: { username: string; password: string }): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** Asks an Engine of a simulator over TLS that is checked against the simulator's own CA. */
export async function ask(simulator: Simulator, ask: Ask): Promise<Reply> {
  const values = new URLSearchParams({ query: ask.query, format: ask.format ?? 'csv', ...ask.parameters });
  for (const platform of ask.platform ?? []) values.append('platform', platform);
  const url = `${simulator.engines[ask.engine ?? 0]!.url}/2/query`;
  const post = ask.method === 'POST';
  return send(simulator, post ? url : `${url}?${values}`, {
    method: ask.method ?? 'GET',
    headers: {
      authorization: basic(ask.login ?? simulator.login),
      ...(post ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
    },
    ...(post ? { body: values.toString() } : {}),
  });
}

export async function send(
  simulator: Simulator,
  url: string,
  options: { method?: 'GET' | 'POST'; headers?: Record<string, string>; body?: string } = {},
): Promise<Reply> {
  const dispatcher = new Agent({ connect: { ca: simulator.caPem } });
  try {
    const { statusCode, headers, body } = await request(url, { dispatcher, ...options });
    return { status: statusCode, headers, body: Buffer.from(await body.arrayBuffer()).toString('utf8') };
  } finally {
    await dispatcher.destroy();
  }
}

/** Names in the option list of an error page. */
export const optionsOf = ({ body }: Reply): string[] =>
  [...(/id="error_options">(.*?)<\/ul>/s.exec(body)?.[1] ?? '').matchAll(/<li>(.*?)<\/li>/g)].map(([, name]) => name!);
