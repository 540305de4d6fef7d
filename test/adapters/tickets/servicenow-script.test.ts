import { createHmac, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { ticketWebhooks } from '../../../adapters/tickets/webhooks.ts';

const SCRIPT = join(import.meta.dirname, '../../../docs/servicenow-webhook.js');

it('the script for ServiceNow signs what we accept (R20)', async () => {
  const key = randomBytes(32).toString('base64');
  const sent: { headers: Record<string, string>; body: string; url: string; method: string } = {
    ...{ headers: {}, body: '', url: '', method: '' },
  };
  const properties: Readonly<Record<string, string>> = {
    'x_gdpr.webhook_url': 'https://api.example.com/v1/webhooks/now',
    'x_gdpr.webhook_secret': key,
  };
  runInNewContext(await readFile(SCRIPT, 'utf8'), {
    current: {
      getUniqueValue: () => 'a'.repeat(32),
      getValue: (field: string) => (field === 'sys_mod_count' ? '3' : ''),
    },
    gs: {
      getProperty: (name: string) => properties[name],
      error: (text: string) => expect.fail(text),
    },
    GlideDateTime: class {
      getNumericValue = () => Date.now();
    },
    // As ServiceNow documents it: the key comes in base64, and so does the MAC.
    GlideCertificateEncryption: class {
      generateMac = (secret: string, algorithm: string, data: string) => {
        expect(algorithm).toBe('HmacSHA256');
        return createHmac('sha256', Buffer.from(secret, 'base64')).update(data).digest('base64');
      };
    },
    sn_ws: {
      RESTMessageV2: class {
        setEndpoint = (url: string) => void Object.assign(sent, { url });
        setHttpMethod = (method: string) => void Object.assign(sent, { method });
        setRequestHeader = (name: string, value: string) =>
          void Object.assign(sent.headers, { [name.toLowerCase()]: value });
        setRequestBody = (body: string) => void Object.assign(sent, { body });
        execute = () => ({ getStatusCode: () => 202 });
      },
    },
  });
  expect([sent.method, sent.url]).toEqual(['post', properties['x_gdpr.webhook_url']]);
  const call = { headers: sent.headers, body: Buffer.from(sent.body) };
  const now = ticketWebhooks('servicenow', 'standard', async () => [`whsec_${key}`]);
  expect(await now.isGenuine(call, new Date())).toBe(true);
  expect(now.read(call)).toMatchObject({ ticketKey: 'a'.repeat(32) });
});
