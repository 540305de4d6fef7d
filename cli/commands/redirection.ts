import type { ConnectionOptions } from '../connection.ts';
import { show, tableLines, warn } from '../output.ts';
import { Verb } from '../verb.ts';

/** `gdpr redirection`: whether Engines still receive clear names, and what to switch on (R29). */
export const redirection = new Verb(
  'redirection',
  'Show whether Engines receive clear names. What to switch on is said.',
)
  .withLogin()
  .withLocal()
  .example('gdpr redirection', { 0: 'no clear name arrives', 1: 'clear names arrive', 3: 'not known of an Engine' })
  .calls<ConnectionOptions>(async ({ connection: { ask, login }, json }) => {
    const view = await ask('measureRedirection', { body: { login: await login() } });
    const arriving = view.engines.flatMap(({ name, arriving }) => arriving.map((each) => ({ engine: name, ...each })));
    const rows = arriving.map(({ engine, names, now, changedAt = '', forms }) => {
      const seen = forms.map(({ form, rows, since, until }) => `${rows} ${form} ${since} to ${until}`);
      return [engine, names, now, changedAt, seen.join('; ')];
    });
    show(json, view, [
      ...tableLines([['ENGINE', 'NAMES', 'ARRIVE', 'CHANGED', 'NEWEST ROWS'], ...rows]),
      ...view.advice,
    ]);
    const away = view.engines.filter(({ reason }) => reason !== undefined);
    for (const { name, reason } of away) warn(`${name} could not be asked (${reason}): nothing is known of it`);
    if (view.advice.length > 0) return 1;
    return away.length > 0 || arriving.some(({ now }) => now === 'unknown') ? 3 : 0;
  });
