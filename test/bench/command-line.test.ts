import { describe, expect, it } from 'vitest';
import { BENCHMARKS } from '../../bench/benchmarks.ts';
import { readCommand } from '../../bench/command-line.ts';

const NAMES = ['api', 'console', 'engine', 'hostile', 'merge', 'portal', 'start'];

describe('readCommand', () => {
  it('lists every benchmark with what it compares and how long it takes when none is named', () => {
    const command = readCommand([]);

    expect(command.kind).toBe('help');
    expect(Object.keys(BENCHMARKS)).toEqual(NAMES);
    for (const { compares, minutes } of Object.values(BENCHMARKS)) {
      expect(command).toHaveProperty('text', expect.stringContaining(compares));
      expect(command).toHaveProperty(
        'text',
        expect.stringContaining(`${minutes.full} min, quick ${minutes.quick} min`),
      );
    }
  });

  it('reads names and --quick, in whatever order', () => {
    expect(readCommand(['merge'])).toEqual({ kind: 'run', names: ['merge'], isQuick: false });
    expect(readCommand(['--quick', 'merge', 'api'])).toEqual({ kind: 'run', names: ['api', 'merge'], isQuick: true });
    expect(readCommand(['all', '--quick'])).toEqual({ kind: 'run', names: NAMES, isQuick: true });
  });

  it('refuses an unknown name and an unknown option, and lists the names', () => {
    for (const args of [['marge'], ['merge', 'toString'], ['merge', '--fast']]) {
      const command = readCommand(args);

      expect(command.kind).toBe('refused');
      for (const name of NAMES) expect(command).toHaveProperty('text', expect.stringContaining(name));
    }
  });

  it('tells of one benchmark which files it writes', () => {
    const command = readCommand(['portal', '--help']);

    expect(command).toEqual({ kind: 'help', text: expect.stringContaining('bench/results/portal.json') });
    expect(command).toHaveProperty('text', expect.stringContaining('psql'));
  });

  it('names only quick runs that take less than 5 minutes', () => {
    expect(Object.values(BENCHMARKS).filter(({ minutes }) => minutes.quick >= 5)).toEqual([]);
  });
});
