import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runChaos } from './chaos.ts';
import { FAULTS } from './faults.ts';
import { buildWithout, GUARDS } from './guards.ts';

/** `npm run chaos -- --minutes M --seed S`: the system under random faults; ends with 1 when something is broken. */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    engines: { type: 'string', default: '2' },
    rows: { type: 'string', default: '100' },
    faults: { type: 'string' },
    without: { type: 'string' },
  },
});
const [minutes, seed, engines, rows] = [values.minutes, values.seed, values.engines, values.rows].map(Number) as [
  number,
  number,
  number,
  number,
];
if (![minutes, seed, engines, rows].every((number) => Number.isFinite(number) && number >= 0)) {
  console.error(
    'Usage: npm run chaos -- [--minutes M] [--seed S] [--engines N] [--rows R] [--faults KIND,KIND] [--without GUARD]',
  );
  console.error(`GUARD, one of: ${Object.keys(GUARDS).join('; ')}`);
  process.exit(2);
}
const kinds =
  values.faults && Object.fromEntries(Object.entries(FAULTS).filter(([kind]) => values.faults!.includes(kind)));
console.log(`Chaos for ${minutes} minutes with seed ${seed} ...`);
const guard = Object.keys(GUARDS).find((title) => values.without !== undefined && title.includes(values.without));
const built = guard === undefined ? undefined : await buildWithout(guard);
if (guard !== undefined) console.log(`Without the guard: ${guard}`);
const { broken, events, allEvents, figures } = await runChaos({
  seed,
  engines,
  rows,
  seconds: minutes * 60,
  ...(kinds && { faults: kinds }),
  ...(built && { bundles: built.bundles, endEarly: true }),
}).finally(() => built?.remove());
console.log(JSON.stringify(figures, null, 2));
if (broken.length === 0) console.log('0 invariants broken');
else {
  mkdirSync('build', { recursive: true });
  const file = `build/chaos-${seed}.log`;
  writeFileSync(file, allEvents.join('\n'));
  console.log(
    `All events are in ${file}. The last ones:\n${events.join('\n')}\n\n${broken.length} broken:\n${broken.join('\n')}`,
  );
  console.log(`\nAgain: npm run chaos -- --minutes ${minutes} --seed ${seed} --engines ${engines} --rows ${rows}`);
  process.exitCode = 1;
}
