import type { FunctionSpec } from '../../functions/registry.ts';

/** What a method and a path lead to. */
export type RouteMatch =
  | {
      readonly kind: 'found';
      readonly routeKey: string;
      readonly name: string;
      readonly pathParameters: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'other-method'; readonly allowed: readonly string[] }
  | { readonly kind: 'none' };

interface Route {
  readonly routeKey: string;
  readonly method: string;
  readonly pattern: RegExp;
  readonly name: string;
}

/** @param routes as in functions/registry.ts: `METHOD /path/{parameter}` */
export function routeTable(
  routes: Readonly<Record<string, Pick<FunctionSpec, 'name'>>>,
): (method: string, path: string) => RouteMatch {
  const table = Object.entries(routes).map(([routeKey, { name }]): Route => {
    const [method = '', path = ''] = routeKey.split(' ');
    const pattern = path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)');
    return { routeKey, method, name, pattern: new RegExp(`^${pattern}$`) };
  });
  return (method, path) => {
    const candidates = table.filter(({ pattern }) => pattern.test(path));
    const route = candidates.find((candidate) => candidate.method === method);
    if (route) {
      const raw = Object.entries(route.pattern.exec(path)?.groups ?? {});
      const pathParameters = Object.fromEntries(raw.map(([parameter, value]) => [parameter, decode(value)]));
      return { kind: 'found', routeKey: route.routeKey, name: route.name, pathParameters };
    }
    if (candidates.length === 0) return { kind: 'none' };
    return { kind: 'other-method', allowed: candidates.map((candidate) => candidate.method) };
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // not an encoding of anything: the function refuses it
  }
}
