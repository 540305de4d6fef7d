import { createRequire } from 'node:module';
import { getLanguageService, TextDocument } from 'amazon-states-language-service';
import { describe, expect, it } from 'vitest';
import { ASL_FILES, readFilledAsl } from './asl.ts';

const validate: (definition: unknown) => { errorsText(): string } = createRequire(import.meta.url)('asl-validator');

/** Faults that asl-validator finds, as text; empty when none. */
const schemaFaults = (text: string): string => validate(JSON.parse(text)).errorsText();

/** Faults that the language service finds. */
async function languageFaults(text: string): Promise<string[]> {
  const service = getLanguageService({});
  const document = TextDocument.create('file:///machine.asl.json', 'json', 1, text);
  const found = await service.doValidation(document, service.parseJSONDocument(document));
  return found.map(({ message }) => String(message));
}

describe.each(ASL_FILES)('%s (R22, R25)', (file) => {
  const text = readFilledAsl(file);

  it('passes asl-validator', () => {
    expect(schemaFaults(text)).toBe('');
  });

  it('passes the Amazon States Language service', async () => {
    expect(await languageFaults(text)).toEqual([]);
  });

  it('would not pass asl-validator with a Task timeout below its range', () => {
    expect(schemaFaults(text.replace('"TimeoutSeconds": 920', '"TimeoutSeconds": -1'))).toContain('TimeoutSeconds');
  });

  it('would not pass the language service with a transition to nowhere', async () => {
    const faults = await languageFaults(text.replaceAll(/"(Next|Default)": "Close Request"/g, '"$1": "Close Nothing"'));

    expect(faults.join()).toContain('must be the name of an existing state');
  });

  it('would not pass the language service with a state that nothing leads to', async () => {
    const orphan = text.replace('"States": {', '"States": { "Orphan": { "Type": "Succeed" },');

    expect((await languageFaults(orphan)).join()).toMatch(/cannot be reached/);
  });
});
