import { createHmac, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ticketWebhooks } from '../../../../modules/ticket-systems/signature.ts';
import { VENDORS } from '../../../../modules/ticket-systems/vendors.ts';

const SCRIPT = join(import.meta.dirname, '../../../../docs/servicenow-webhook.js');
const key = randomBytes(32).toString('base64');
const properties: Readonly<Record<string, string>> = {
  'x_gdpr.webhook_url': 'https://api.example.com/v1/webhooks/now',
  'x_gdpr.webhook_secret': key,
};

interface Sent {
  readonly headers: Record<string, string>;
  body: string;
  url: string;
  method: string;
}

/** Runs the script in a stand-in for ServiceNow. @param answers status of each try; `away`: nobody answers */
async function run(...answers: readonly (number | 'away')[]) {
  const sent: Sent[] = [];
  const errors: string[] = [];
  const slept: number[] = [];
  runInNewContext(await readFile(SCRIPT, 'utf8'), {
    current: {
      getUniqueValue: () => 'a'.repeat(32),
      getValue: (field: string) => (field === 'sys_mod_count' ? '3' : ''),
    },
    gs: {
      getProperty: (name: string) => properties[name],
      error: (text: string) => void errors.push(text),
      sleep(ms: number) {
        slept.push(ms / 1000);
        vi.setSystemTime(Date.now() + ms);
      },
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
        readonly #call: Sent = { headers: {}, body: '', url: '', method: '' };
        setEndpoint = (url: string) => void Object.assign(this.#call, { url });
        setHttpMethod = (method: string) => void Object.assign(this.#call, { method });
        setRequestHeader = (name: string, value: string) => {
          this.#call.headers[name.toLowerCase()] = value;
        };
        setRequestBody = (body: string) => void Object.assign(this.#call, { body });
        execute = () => {
          const answer = answers[sent.push(this.#call) - 1];
          if (answer === 'away') throw new Error('Connection refused');
          return { getStatusCode: () => answer };
        };
      },
    },
  });
  return { sent, errors, slept };
}

afterEach(() => void vi.useRealTimers());

describe('the script for ServiceNow (R20)', () => {
  it('signs what we accept', async () => {
    const { sent, errors, slept } = await run(202);
    const [{ method, url, headers, body }, ...more] = sent as [Sent];
    expect([method, url, more, errors, slept]).toEqual(['post', properties['x_gdpr.webhook_url'], [], [], []]);
    const call = { headers, body: Buffer.from(body) };
    const now = ticketWebhooks(VENDORS.servicenow, VENDORS.servicenow.signature, async () => [`whsec_${key}`]);
    expect(await now.isGenuine(call, new Date())).toBe(true);
    expect(now.read(call)).toMatchObject({ ticketKey: 'a'.repeat(32) });
  });

  it('tries again after pauses, signed anew under the same id, and says so when nobody ever takes it', async () => {
    vi.useFakeTimers();
    const { sent, errors, slept } = await run(429, 'away', 200);
    expect([errors, slept]).toEqual([[], [5, 20]]);
    expect(new Set(sent.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(sent.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(3);
    const now = ticketWebhooks(VENDORS.servicenow, VENDORS.servicenow.signature, async () => [`whsec_${key}`]);
    const [{ headers, body }] = sent.slice(-1) as [Sent];
    expect(await now.isGenuine({ headers, body: Buffer.from(body) }, new Date())).toBe(true);
    const never = await run(503, 503, 503, 503);
    expect(never.errors).toEqual([`nexthink-gdpr did not take ${'a'.repeat(32)}.3: HTTP 503`]);
  });

  it('does not try again what is refused for good', async () => {
    const { sent, errors } = await run(401);
    expect([sent.length, errors]).toEqual([1, [expect.stringContaining('HTTP 401')]]);
  });
});
