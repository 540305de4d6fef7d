import type { Adapter, Payload } from 'oidc-provider';

interface Item {
  readonly model: string;
  readonly payload: Payload;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** What the provider remembers of sessions, codes and refresh tokens: in memory, so a restart logs everybody out. */
export function providerStore(): (model: string) => Adapter {
  const items = new Map<string, Item>();
  const remove = (isOver: (item: Item) => boolean) => {
    for (const [key, item] of items) if (isOver(item)) items.delete(key);
  };
  return (model) => {
    const keyOf = (id: string) => `${model} ${id}`;
    const alive = (item: Item | undefined) => (item && item.expiresAt > Date.now() ? item.payload : undefined);
    return {
      async upsert(id, payload, expiresInSeconds) {
        remove(({ expiresAt }) => expiresAt <= Date.now());
        items.set(keyOf(id), { model, payload, expiresAt: Date.now() + (expiresInSeconds ?? Infinity) * 1000 });
      },
      find: async (id) => alive(items.get(keyOf(id))),
      findByUid: async (uid) =>
        alive([...items.values()].find((item) => item.model === model && item.payload.uid === uid)),
      async consume(id) {
        const item = items.get(keyOf(id));
        if (item) item.payload.consumed = Math.floor(Date.now() / 1000);
      },
      async destroy(id) {
        items.delete(keyOf(id));
      },
      async revokeByGrantId(grantId) {
        remove(({ payload }) => payload.grantId === grantId);
      },
    };
  };
}
