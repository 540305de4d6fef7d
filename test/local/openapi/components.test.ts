import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMPONENTS } from '../../../local/openapi/components.ts';

/** Shapes that only the HTTP edge itself has. */
const OF_THE_EDGE = ['TicketEvent', 'Health', 'OpenApi', 'GatewayMessage'];

const FOLDER = join(import.meta.dirname, '../../../local/openapi');

/** Every schema that components.ts imports, from where it is defined. */
async function imported(): Promise<unknown[]> {
  const text = readFileSync(join(FOLDER, 'components.ts'), 'utf8');
  const imports = [...text.matchAll(/^import \{([^}]*)\} from '(\.[^']*)';/gm)];
  const schemas = imports.map(async ([, names, file]) => {
    const definitions: Record<string, unknown> = await import(join(FOLDER, file!));
    return names!.split(',').map((name) => definitions[name.trim()]);
  });
  return (await Promise.all(schemas)).flat();
}

describe('COMPONENTS', () => {
  it('holds the very schemas that the rooms export', async () => {
    const schemas = await imported();

    const copies = Object.entries(COMPONENTS).filter(([, schema]) => !schemas.includes(schema));
    expect(copies.map(([name]) => name)).toEqual(OF_THE_EDGE);
  });
});
