import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

const PAGE = new URL('../modules/proof/verify.html', import.meta.url);

/** `modules/proof/verify.html` with the hashes of its own script and style in its policy, and the same as code for the bundles. */
export async function verifyPage(): Promise<{ readonly html: string; readonly code: string }> {
  const text = await readFile(PAGE, 'utf8');
  const hashOf = (tag: string) => {
    const [, body] = new RegExp(`<${tag}>(.*?)</${tag}>`, 's').exec(text)!;
    return `'sha256-${createHash('sha256').update(body!).digest('base64')}'`;
  };
  const html = text
    .replace(/script-src '[^']*'/, `script-src ${hashOf('script')}`)
    .replace(/style-src '[^']*'/, `style-src ${hashOf('style')}`);
  const code = `/** verify.html, in Base64. Made by \`npm run generate\`. */\nexport const VERIFY_PAGE =\n  '${Buffer.from(html).toString('base64')}';\n`;
  return { html, code };
}
