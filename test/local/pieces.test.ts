import { describe, expect, it } from 'vitest';
import { allDone, Pieces } from '../../local/pieces.ts';

describe('Pieces', () => {
  it('stops in reverse order, once, and past a piece that fails to stop', async () => {
    const stopped: string[] = [];
    const pieces = new Pieces();
    await pieces.add({ stop: () => stopped.push('first') });
    await pieces.add({ stop: () => Promise.reject(new Error('stuck')) });
    await pieces.add(Promise.resolve({ stop: () => stopped.push('third') }));

    await expect(pieces.stop()).rejects.toThrow('stuck');
    await pieces.stop();

    expect(stopped).toEqual(['third', 'first']);
  });
});

describe('allDone', () => {
  it('fails only when nothing is on its way any more', async () => {
    let slowOneStarted = false;
    const slow = new Promise<void>((resolve) => setTimeout(resolve, 30)).then(() => {
      slowOneStarted = true;
    });

    await expect(allDone([Promise.reject(new Error('taken')), slow])).rejects.toThrow('taken');

    expect(slowOneStarted).toBe(true);
  });
});
